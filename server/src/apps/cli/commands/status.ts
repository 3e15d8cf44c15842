import { type EmbeddingsStatus, type Health, SekhaConnectionError, type Stats } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { CliError } from "../cli-error.ts";
import { healthChecks } from "../doctor-checks.ts";
import { EXIT } from "../exit-codes.ts";
import { proxyHealth, proxyUrlOf } from "../proxy-check.ts";
import { formatAge, formatCount, formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { type Column, renderPairs, renderTable } from "../table.ts";

interface Status {
  url: string;
  pid: number | null;
  health: Health;
  stats: Stats;
  embeddings: EmbeddingsStatus;
  /** Null where this configuration runs none. */
  proxy: { url: string; status: string } | null;
}

export function addStatusCommand(program: Command, action: Action): void {
  program
    .command("status")
    .description("Say whether Sekha runs, how it is, and what it holds.")
    .addHelpText(
      "after",
      `
Exits with 1 when no server runs or when it is unhealthy.

Examples:
  $ sekha status
  $ sekha status --api-url http://nas:8080 --json
`,
    )
    .action(action(showStatus));
}

async function showStatus(session: Session): Promise<void> {
  const server = await session.findServer();
  if (server === null) {
    const { dataDirectory } = session.config;
    throw new CliError(`No server runs on ${dataDirectory}.`, { fix: "Start one: sekha start" });
  }
  const client = session.clientFor(server);
  const health = await client.health().catch((error: unknown) => {
    if (!(error instanceof SekhaConnectionError) || server.pid === null) throw error;
    throw new CliError(
      `Process ${server.pid} owns the data directory but does not answer at ${server.url}.`,
      {
        fix: "It may be starting: try again in a moment. `sekha doctor` looks closer.",
        cause: error,
      },
    );
  });
  const [stats, embeddings] = await Promise.all([client.stats(), client.embeddingsStatus()]);
  const status = { ...server, health, stats, embeddings, proxy: await proxyStatus(session) };
  if (session.json) session.printJson(status);
  else session.print(statusText(session, status));
  if (health.status === "unhealthy") session.exitCode = EXIT.failure;
}

async function proxyStatus(session: Session): Promise<Status["proxy"]> {
  const url = proxyUrlOf(session);
  if (url === null) return null;
  return { url, status: (await proxyHealth(url))?.status ?? "does not answer" };
}

function statusText(
  session: Session,
  { url, pid, health, stats, embeddings, proxy }: Status,
): string {
  const { queue, model } = embeddings;
  const styles = { healthy: "green", degraded: "yellow", unhealthy: "red" } as const;
  const process = pid === null ? "" : ` (process ${pid})`;
  const waiting = queue.pending + queue.processing;
  const lines = renderPairs([
    ["status", session.paint(styles[health.status], health.status)],
    ["address", `${url}${process}`],
    ...(proxy === null ? [] : [["proxy", `${proxy.status}, ${proxy.url}`] as const]),
    ["version", health.version],
    ["running for", formatAge(health.uptime_seconds)],
    ...healthChecks(health).map(
      ([name, check]) =>
        [
          `check ${name}`,
          check.error === undefined ? check.status : `${check.status}: ${check.error}`,
        ] as const,
    ),
    ["conversations", formatCount(stats.total_conversations)],
    ["messages", formatCount(stats.total_messages)],
    ["embedding model", `${model.name}, ${model.dimension} dimensions`],
    ["embedded", formatCount(embeddings.embedded)],
    ["waiting", waitingText(waiting, queue.oldest_pending_seconds)],
    ["given up", formatCount(queue.parked)],
  ]);
  if (embeddings.collections.length === 0) return lines;
  return `${lines}\n\n${renderTable(embeddings.collections, COLUMNS, {
    width: session.width,
    heading: (text) => session.paint("bold", text),
  })}`;
}

function waitingText(count: number, oldestSeconds: number | null): string {
  const age = oldestSeconds === null ? "" : `, the oldest for ${formatAge(oldestSeconds)}`;
  return count === 0 ? "nothing" : `${formatNumber(count, "message")}${age}`;
}

const COLUMNS: Column<EmbeddingsStatus["collections"][number]>[] = [
  { title: "Collection", value: ({ name }) => name, shrinksTo: 10 },
  { title: "Model", value: ({ model }) => model, shrinksTo: 10, droppable: true },
  { title: "Dimension", value: ({ dimension }) => String(dimension), align: "right" },
  { title: "Vectors", value: ({ vectors }) => formatCount(vectors), align: "right" },
  { title: "Messages", value: ({ messages }) => formatCount(messages), align: "right" },
];
