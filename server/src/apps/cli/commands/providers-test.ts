import type { BridgeClient, ProviderTest } from "@sekha/sdk";
import { type BridgeOptions, withBridge } from "../bridge-connection.ts";
import { CliError, usageError } from "../cli-error.ts";
import { formatDollars } from "../dollars.ts";
import { EXIT } from "../exit-codes.ts";
import { missingModels } from "../missing-models.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { safeLine } from "../terminal-text.ts";

interface TestOptions extends BridgeOptions {
  task?: string;
}

/** A local model may have to be loaded first, and every candidate has its own time. */
const REAL_CALL_TIMEOUT_MS = 10 * 60_000;

export async function testProviders(
  session: Session,
  id: string | undefined,
  options: TestOptions,
): Promise<void> {
  const { task } = options;
  const { results, missing } = await withBridge(session, options, async ({ client }) => {
    const ids = id === undefined ? await providersFor(client, task) : [id];
    const results = await Promise.all(ids.map((one) => testOne(client, one, task)));
    return { results, missing: missingModels(await client.models(), results) };
  });
  if (results.some(({ success }) => !success)) session.exitCode = EXIT.failure;
  if (session.json) return session.printJson(results);
  const columns = task === undefined ? PROBE_COLUMNS : CALL_COLUMNS;
  const heading = (text: string) => session.paint("bold", text);
  session.print(renderTable(results, columns, { width: session.width, heading }));
  for (const { provider_id, error } of results) {
    if (error !== null) session.print(`\n${safeLine(provider_id)}: ${safeLine(error)}`);
  }
  for (const { provider, model } of missing) {
    session.warn(`${provider} has no model ${model}. Fetch it: ollama pull ${model}`);
  }
}

/** All of them; with a task, those that have a model for it. */
async function providersFor(client: BridgeClient, task: string | undefined): Promise<string[]> {
  if (task === undefined) return Object.keys((await client.providersHealth()).providers);
  const models = await client.models();
  const fit = models.filter((model) => model.task === task);
  if (fit.length > 0) return [...new Set(fit.map(({ provider_id }) => provider_id))];
  const tasks = [...new Set(models.map((model) => model.task))];
  if (tasks.length === 0) throw new CliError("No provider is configured.");
  throw usageError(
    `No provider has a model for the task ${task}.`,
    `There are: ${tasks.join(", ")}.`,
  );
}

function testOne(client: BridgeClient, provider_id: string, task: string | undefined) {
  if (task === undefined) return client.testProvider({ provider_id });
  return client.testProvider({ provider_id, test_task: task }, { timeout: REAL_CALL_TIMEOUT_MS });
}

const PROBE_COLUMNS: Column<ProviderTest>[] = [
  { title: "Provider", value: ({ provider_id }) => provider_id, shrinksTo: 8 },
  { title: "Result", value: ({ success }) => (success ? "answers" : "failed") },
  { title: "Took", value: ({ latency_ms }) => `${Math.round(latency_ms)} ms`, align: "right" },
  {
    title: "Models there",
    value: ({ models }) => (models === null ? "not told" : String(models.length)),
    align: "right",
  },
];

const CALL_COLUMNS: Column<ProviderTest>[] = [
  { title: "Provider", value: ({ provider_id }) => provider_id, shrinksTo: 8 },
  { title: "Result", value: ({ success }) => (success ? "answers" : "failed") },
  { title: "Model", value: ({ test }) => test?.model ?? "", shrinksTo: 12 },
  {
    title: "Took",
    value: ({ test, latency_ms }) => `${Math.round(test?.latency_ms ?? latency_ms)} ms`,
    align: "right",
  },
  {
    title: "Cost",
    value: ({ test }) => {
      if (test === null || !test.success) return "";
      return test.cost === null ? "unknown" : formatDollars(test.cost);
    },
    align: "right",
  },
];
