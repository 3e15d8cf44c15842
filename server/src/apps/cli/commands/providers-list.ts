import type { BridgeModelOutput } from "@sekha/sdk";
import type { Config } from "../../../config/config.ts";
import { withoutUrlPassword } from "../../../config/secrets.ts";
import { askBridge, type BridgeOptions } from "../bridge-connection.ts";
import { formatDollars } from "../dollars.ts";
import { formatCount } from "../quantities.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";

/** A model as a running bridge knows it, its tasks in one row. */
type ServedModel = Omit<BridgeModelOutput, "task" | "is_default"> & { default_for: string[] };

/** A model as the configuration alone describes it. */
interface ConfiguredModel {
  provider_id: string;
  provider_type: string;
  base_url: string | null;
  priority: number;
  model_id: string;
  tasks: readonly string[];
  context_window: number;
  dimension: number | null;
  default_for: string[];
}

export async function listProviders(session: Session, options: BridgeOptions): Promise<void> {
  const asked = await askBridge(session, options, async ({ url, client }) => ({
    url,
    models: servedModels(await client.models()),
  }));
  if (asked === null) return listConfigured(session);
  const { url, models } = asked.value;
  if (session.json) {
    return session.printJson({ source: "bridge", bridge_url: url, models });
  }
  session.print(table(session, models, SERVED_COLUMNS));
}

/** The bridge lists a model once for each of its tasks. */
function servedModels(entries: readonly BridgeModelOutput[]): ServedModel[] {
  const models = new Map<string, ServedModel>();
  for (const { task, is_default, ...model } of entries) {
    const name = JSON.stringify([model.provider_id, model.model_id]);
    const known = models.get(name) ?? { ...model, tasks: [], default_for: [] };
    // A model may stand in the configuration twice, with a task each time.
    known.tasks.push(...model.tasks.filter((one) => !known.tasks.includes(one)));
    if (is_default) known.default_for.push(task);
    models.set(name, known);
  }
  return [...models.values()];
}

function listConfigured(session: Session): void {
  const models = configuredModels(session.config);
  if (session.json) {
    session.printJson({ source: "configuration", bridge_url: null, models });
    return;
  }
  session.print(table(session, models, CONFIGURED_COLUMNS));
  session.note(
    "\nNo LLM bridge is running: this is the configuration. Prices and state come with `sekha start`.",
  );
}

function configuredModels({ llmProviders, defaultModels }: Config): ConfiguredModel[] {
  return llmProviders.flatMap(({ id, providerType, baseUrl, priority, models }) =>
    models.map((model) => ({
      provider_id: id,
      provider_type: providerType,
      base_url: baseUrl === undefined ? null : withoutUrlPassword(baseUrl),
      priority,
      model_id: model.modelId,
      tasks: model.task,
      context_window: model.contextWindow,
      dimension: model.dimension ?? null,
      default_for: Object.entries(defaultModels)
        .filter(([, name]) => name === model.modelId)
        .map(([task]) => task),
    })),
  );
}

function table<Row>(session: Session, rows: readonly Row[], columns: readonly Column<Row>[]) {
  const heading = (text: string) => session.paint("bold", text);
  return renderTable(rows, columns, { width: session.width, heading });
}

type Described = Pick<
  ConfiguredModel,
  "provider_id" | "provider_type" | "model_id" | "context_window" | "dimension"
> & { tasks: readonly string[]; default_for: readonly string[] };

const FIRST_COLUMNS: Column<Described>[] = [
  { title: "Provider", value: ({ provider_id }) => provider_id, shrinksTo: 8 },
  { title: "Type", value: ({ provider_type }) => provider_type, droppable: true },
  { title: "Model", value: ({ model_id }) => model_id, shrinksTo: 12 },
  { title: "Tasks", value: ({ tasks }) => tasks.join(", "), shrinksTo: 10 },
];

const SIZE: Column<Described> = { title: "Size", value: sizeText, droppable: true };

const DEFAULT_FOR: Column<Described> = {
  title: "Default for",
  value: ({ default_for }) => default_for.join(", "),
  shrinksTo: 11,
  droppable: true,
};

const SERVED_COLUMNS: Column<ServedModel>[] = [
  ...FIRST_COLUMNS,
  SIZE,
  { title: "Per 1M tokens", value: priceText, shrinksTo: 13 },
  DEFAULT_FOR,
];

const CONFIGURED_COLUMNS: Column<ConfiguredModel>[] = [
  ...FIRST_COLUMNS,
  { title: "Priority", value: ({ priority }) => String(priority), align: "right", droppable: true },
  {
    title: "Address",
    value: ({ base_url, provider_type }) => base_url ?? usualAddress(provider_type),
    shrinksTo: 10,
    droppable: true,
  },
  SIZE,
  DEFAULT_FOR,
];

function usualAddress(type: string): string {
  return type === "builtin" ? "inside Sekha" : "the usual";
}

/** An embedding's length says more than how much it reads at once. */
function sizeText({ tasks, dimension, context_window: window }: Described): string {
  if (tasks.includes("embedding")) {
    return dimension === null ? "not known yet" : `${formatCount(dimension)} dims`;
  }
  return window < 1000 ? `${window} tokens` : `${Math.round(window / 1000)}k tokens`;
}

function priceText({ free, tasks, ...model }: ServedModel): string {
  if (free) return "free";
  const { cost_per_1k_input: input, cost_per_1k_output: output } = model;
  if (input === null && output === null) return "unknown";
  const onlyReads = tasks.every((task) => task === "embedding");
  return onlyReads ? perMillion(input) : `${perMillion(input)} / ${perMillion(output)}`;
}

function perMillion(perThousand: number | null): string {
  // Twelve figures: more than a price has, fewer than a product of floats gets wrong.
  return perThousand === null ? "?" : formatDollars(Number((perThousand * 1000).toPrecision(12)));
}
