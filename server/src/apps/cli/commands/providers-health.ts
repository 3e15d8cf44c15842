import type { BridgeClient, ProviderHealthOutput } from "@sekha/sdk";
import { type BridgeOptions, withBridge } from "../bridge-connection.ts";
import { EXIT } from "../exit-codes.ts";
import { formatAge } from "../quantities.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { safeLine } from "../terminal-text.ts";

interface HealthOptions extends BridgeOptions {
  probe?: boolean;
}

const CANNOT_SERVE: ReadonlySet<string> = new Set(["unhealthy", "misconfigured"]);

export async function showProvidersHealth(session: Session, options: HealthOptions): Promise<void> {
  const { probe = false } = options;
  const answer = await withBridge(session, options, async ({ client }) => {
    if (probe) await probeAll(client);
    return client.providersHealth();
  });
  const providers = Object.values(answer.providers);
  if (providers.some(({ status }) => CANNOT_SERVE.has(status))) session.exitCode = EXIT.failure;
  if (session.json) return session.printJson(answer);
  const heading = (text: string) => session.paint("bold", text);
  session.print(
    renderTable(providers, columnsAt(session.io.now()), { width: session.width, heading }),
  );
  for (const line of providers.flatMap(troubleLines)) session.print(line);
  if (providers.some(({ status }) => status === "unknown")) {
    session.note(
      "\nunknown: not used yet. `sekha providers health --probe` asks; it costs nothing.",
    );
  }
}

async function probeAll(client: BridgeClient): Promise<void> {
  const { providers } = await client.providersHealth();
  await Promise.all(
    Object.keys(providers).map((provider_id) => client.testProvider({ provider_id })),
  );
}

/** `now` in milliseconds since the epoch. */
function columnsAt(now: number): Column<ProviderHealthOutput>[] {
  return [
    { title: "Provider", value: ({ provider_id }) => provider_id, shrinksTo: 8 },
    { title: "Type", value: ({ provider_type }) => provider_type, droppable: true },
    { title: "Status", value: ({ status }) => status },
    { title: "Breaker", value: ({ circuit_breaker_state }) => stateText(circuit_breaker_state) },
    { title: "Tried again", value: nextTryText },
    {
      title: "Last asked",
      value: (health) => probeText(health, now),
      shrinksTo: 10,
      droppable: true,
    },
  ];
}

function stateText(state: ProviderHealthOutput["circuit_breaker_state"]): string {
  return state === "half_open" ? "half open" : state;
}

function nextTryText({ circuit_breaker }: ProviderHealthOutput): string {
  if (circuit_breaker.state === "half_open") return "now";
  const seconds = circuit_breaker.retry_after_seconds;
  return seconds === null ? "" : `in ${seconds} s`;
}

function probeText({ last_probe: probe }: ProviderHealthOutput, now: number): string {
  if (probe === null) return "never";
  const age = formatAge(Math.max(0, (now - Date.parse(probe.at)) / 1000));
  const result = probe.ok ? `${Math.round(probe.latency_ms)} ms` : "failed";
  return `${result}, ${age} ago`;
}

/** What a table has no room for: the last error, and which models are left alone. */
function troubleLines(health: ProviderHealthOutput): string[] {
  const { provider_id: id, status, last_error: error, models } = health;
  const lines: string[] = [];
  if (error !== null && status !== "healthy") lines.push(`\n${id}: ${error}`);
  const open = models.filter(({ circuit_breaker_state: state }) => state !== "closed");
  if (open.length > 0 && open.length < models.length) {
    const names = open.map(
      (model) => `${model.model_id} (${stateText(model.circuit_breaker_state)})`,
    );
    lines.push(`  ${id}: only ${names.join(", ")}; its other models serve`);
  }
  if (status === "misconfigured") lines.push(`  Check the api_key and the account of ${id}.`);
  // Lines keep their own indentation; what a provider said is made safe.
  return lines.map((line) => line.replace(/\S.*/s, safeLine));
}
