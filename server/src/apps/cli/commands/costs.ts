import type { CostsOutput } from "@sekha/sdk";
import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { addBridgeOption, type BridgeOptions, withBridge } from "../bridge-connection.ts";
import { parseDay } from "../day-option.ts";
import { formatDollars } from "../dollars.ts";
import { formatCount, formatMinute, formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";

interface CostsOptions extends BridgeOptions {
  by: CostsOutput["by"];
  user?: string;
  all?: boolean;
  since?: string;
  until?: string;
}

type CostRow = CostsOutput["costs"][number];
type Budget = CostsOutput["budgets"][number];

export function addCostsCommand(program: Command, action: Action): void {
  const command = program
    .command("costs")
    .description("Say what calls of models cost, and what is left of each budget.")
    .addOption(
      new Option("--by <group>", "what to add up by")
        .choices(["provider", "model", "key", "day", "user"])
        .default("provider"),
    )
    .option("--user <name>", "calls of this user (needs a key with the scope admin)")
    .option("--all", "calls of everyone (needs a key with the scope admin)")
    .option("--since <day>", "from this day (UTC) on: 2026-01-25, or 7d")
    .option("--until <day>", "up to this day (UTC): 2026-01-25, or 1d");
  addBridgeOption(command)
    .addHelpText(
      "after",
      `
Examples:
  $ sekha costs
  $ sekha costs --by model --since 30d
  $ sekha costs --by user --all
  $ sekha costs --by day --since 2026-01-01 --until 2026-01-31 --json
`,
    )
    .action(action(showCosts));
}

async function showCosts(session: Session, options: CostsOptions): Promise<void> {
  const { by, user, all, since, until } = options;
  const { now } = session.io;
  const query = {
    by,
    user: all === true ? "*" : user,
    since: since === undefined ? undefined : parseDay(since, { option: "--since", now }),
    until: until === undefined ? undefined : parseDay(until, { option: "--until", now }),
  };
  const costs = await withBridge(session, options, ({ client }) => client.costs(query));
  if (session.json) session.printJson(costs);
  else printCosts(session, costs);
  tellWhatIsMissing(session, costs);
}

function printCosts(session: Session, costs: CostsOutput): void {
  const { width } = session;
  const heading = (text: string) => session.paint("bold", text);
  if (costs.costs.length === 0) session.note("No model was called in that time.");
  else {
    const rows = costs.costs.map((row) => ({ ...row, group: groupText(costs.by, row.group) }));
    const columns = COLUMNS(costs.by);
    session.print(renderTable([...rows, totalOf(costs)], columns, { width, heading }));
  }
  if (costs.budgets.length === 0) return;
  session.print(`\n${renderTable(costs.budgets, BUDGET_COLUMNS, { width, heading })}`);
}

/** The sum is a lower bound when something has no known price or is not written yet. */
function tellWhatIsMissing(session: Session, costs: CostsOutput): void {
  const { unpriced_requests: unpriced, unpriced_models: models, complete } = costs;
  if (unpriced > 0) {
    session.warn(
      `The price of ${formatNumber(unpriced, "request")} is not known (${models.join(", ")}), so the sum is too small. ` +
        "Set cost_per_1k_input and cost_per_1k_output of the model, or free: true.",
    );
  }
  if (!complete) {
    session.warn("The latest spending could not be written and is missing. The log says why.");
  }
}

function groupText(by: CostsOutput["by"], group: string): string {
  if (group !== "") return group;
  return by === "user" ? "(erased)" : "(without a key)";
}

function totalOf({ costs, total_cost, total_requests, unpriced_requests }: CostsOutput): CostRow {
  const sum = (value: (row: CostRow) => number) => costs.reduce((all, row) => all + value(row), 0);
  return {
    group: "total",
    cost: total_cost,
    exact_cost: "",
    cost_nano_usd: "",
    requests: total_requests,
    unpriced_requests,
    prompt_tokens: sum((row) => row.prompt_tokens),
    completion_tokens: sum((row) => row.completion_tokens),
    cached_tokens: sum((row) => row.cached_tokens),
  };
}

const COLUMNS = (by: CostsOutput["by"]): Column<CostRow>[] => [
  {
    title: `${by.charAt(0).toUpperCase()}${by.slice(1)}`,
    value: ({ group }) => group,
    shrinksTo: 10,
  },
  { title: "Cost", value: costText, align: "right" },
  { title: "Requests", value: ({ requests }) => formatCount(requests), align: "right" },
  count("Prompt", ({ prompt_tokens }) => prompt_tokens),
  count("Answer", ({ completion_tokens }) => completion_tokens),
  count("Cached", ({ cached_tokens }) => cached_tokens),
];

/** Tokens. */
function count(title: string, value: (row: CostRow) => number): Column<CostRow> {
  return { title, value: (row) => formatCount(value(row)), align: "right", droppable: true };
}

function costText({ cost, requests, unpriced_requests: unpriced }: CostRow): string {
  if (unpriced === 0) return formatDollars(cost);
  return unpriced === requests ? "unknown" : `over ${formatDollars(cost)}`;
}

const BUDGET_COLUMNS: Column<Budget>[] = [
  { title: "Budget", value: ({ name }) => name },
  { title: "Key", value: ({ key }) => key ?? "", shrinksTo: 8, droppable: true },
  { title: "Limit", value: ({ limit }) => formatDollars(limit), align: "right" },
  { title: "Spent", value: ({ spent }) => formatDollars(spent), align: "right" },
  { title: "Left", value: ({ left }) => formatDollars(left), align: "right" },
  { title: "Begins anew", value: ({ resets_at }) => formatMinute(resets_at), droppable: true },
];
