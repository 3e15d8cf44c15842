import { SETS, type SetName } from "./data-sets.ts";
import { averages, type MeasureName, type Measures } from "./measures.ts";
import { type Answered, BASELINE, HYBRID, type Outcome, SYSTEMS } from "./recall-run.ts";
import { difference, machine, share, table, verdict } from "./report.ts";
import { mean, pairedDifference } from "./statistics.ts";

type Level = keyof Outcome;

const LEVELS: Record<SetName, [Level, string][]> = {
  locomo: [
    ["messages", "turns"],
    ["sessions", "sessions"],
  ],
  beam: [["messages", "messages"]],
};
const COLUMNS: [MeasureName, string][] = [
  ["hit1", "hit@1"],
  ["hit5", "hit@5"],
  ["recall5", "R@5"],
  ["recall10", "R@10"],
  ["reciprocalRank", "MRR"],
];

/** The rows of one system; questions that the level does not judge are left out. */
export function rowsOf(answered: readonly Answered[], system: string, level: Level): Measures[] {
  return answered.flatMap(({ outcomes }) => outcomes[system]?.[level] ?? []);
}

export function ofSet(answered: readonly Answered[], set: SetName): Answered[] {
  return answered.filter(({ scope }) => scope.set === set);
}

/** Everything about recall but the ablation. */
export function recallReport(
  separate: readonly Answered[],
  together: readonly Answered[] | null,
): string {
  const parts = [`Measured on: ${machine()}`, targets(separate)];
  for (const set of Object.keys(SETS) as SetName[]) {
    const answered = ofSet(separate, set);
    if (answered.length === 0) continue;
    for (const [level, name] of LEVELS[set]) parts.push(overview(set, answered, [level, name]));
    if (set === "locomo") parts.push(adversarial(answered));
    parts.push(categories(set, answered));
  }
  if (together !== null) parts.push(folders(separate, together));
  return parts.join("\n\n");
}

interface Target {
  text: string;
  set: SetName;
  level: Level;
  name: MeasureName;
  /** Above BM25, or absolute. */
  above?: number;
  least?: number;
  /** Also the lower end of the interval must lie above 0. */
  certain?: boolean;
}

const TARGETS: Target[] = [
  { text: "LoCoMo turns R@5", set: "locomo", level: "messages", name: "recall5", above: 0.06 },
  {
    text: "LoCoMo turns MRR",
    set: "locomo",
    level: "messages",
    name: "reciprocalRank",
    above: 0.04,
  },
  { text: "LoCoMo sessions hit@1", set: "locomo", level: "sessions", name: "hit1", least: 0.72 },
  { text: "LoCoMo sessions hit@5", set: "locomo", level: "sessions", name: "hit5", least: 0.92 },
  {
    text: "BEAM R@10",
    set: "beam",
    level: "messages",
    name: "recall10",
    above: 0.05,
    certain: true,
  },
];

function targets(answered: readonly Answered[]): string {
  const rows = TARGETS.flatMap((target) => {
    const own = ofSet(answered, target.set);
    if (own.length === 0) return [];
    const values = columnOf(own, HYBRID, target);
    const baseline = columnOf(own, BASELINE, target);
    const gain = pairedDifference(values, baseline);
    const asked =
      target.least === undefined
        ? `+${share(target.above ?? 0)}${target.certain ? ", interval above 0" : ""}`
        : `≥ ${share(target.least)}`;
    const passed =
      target.least === undefined
        ? gain.mean >= (target.above ?? 0) && (!target.certain || gain.low > 0)
        : mean(values) >= target.least;
    const cells = [share(mean(baseline)), share(mean(values)), difference(gain)];
    return [[target.text, ...cells, asked, verdict(passed)]];
  });
  return table([["target", "BM25", "Sekha", "difference", "asked", ""], ...rows]);
}

function columnOf(
  answered: readonly Answered[],
  system: string,
  { level, name }: { level: Level; name: MeasureName },
): number[] {
  return rowsOf(answered, system, level).map((row) => row[name]);
}

function cells(rows: readonly Measures[]): string[] {
  const average = averages(rows);
  return COLUMNS.map(([name]) => share(average[name]));
}

function overview(
  set: SetName,
  answered: readonly Answered[],
  [level, title]: [Level, string],
): string {
  const systems = Object.values(SYSTEMS).filter(
    (system) => level === "sessions" || system !== SYSTEMS.baselineByFirst,
  );
  const rows = systems.map((system) => [system, ...cells(rowsOf(answered, system, level))]);
  const gains = COLUMNS.map(([name]) =>
    difference(
      pairedDifference(
        columnOf(answered, HYBRID, { level, name }),
        columnOf(answered, BASELINE, { level, name }),
      ),
    ),
  );
  const count = rowsOf(answered, HYBRID, level).length;
  return [
    `**${SETS[set].title}, ${title}, ${count} questions**`,
    table([
      ["ranking", ...COLUMNS.map(([, name]) => name)],
      ...rows,
      [`${HYBRID} − BM25`, ...gains],
    ]),
  ].join("\n\n");
}

function adversarial(answered: readonly Answered[]): string {
  const parts = [
    ["all", answered],
    ["without adversarial", answered.filter(({ question }) => question.category !== "adversarial")],
    ["adversarial alone", answered.filter(({ question }) => question.category === "adversarial")],
  ] as const;
  const rows = parts.flatMap(([name, some]) =>
    [BASELINE, HYBRID].map((system) => [
      `${name} (${some.length})`,
      system,
      ...cells(rowsOf(some, system, "messages")),
    ]),
  );
  return [
    `**${SETS.locomo.title}, turns, with and without the adversarial questions**`,
    table([["questions", "ranking", ...COLUMNS.map(([, name]) => name)], ...rows]),
  ].join("\n\n");
}

function categories(set: SetName, answered: readonly Answered[]): string {
  const byCategory = Map.groupBy(answered, ({ question }) => question.category);
  const judged: MeasureName[] = ["recall5", "recall10", "reciprocalRank"];
  const rows = [...byCategory]
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([category, own]) => {
      const before = averages(rowsOf(own, BASELINE, "messages"));
      const after = averages(rowsOf(own, HYBRID, "messages"));
      const gain = pairedDifference(
        columnOf(own, HYBRID, { level: "messages", name: "recall10" }),
        columnOf(own, BASELINE, { level: "messages", name: "recall10" }),
      );
      return [
        `${category} (${own.length})`,
        ...judged.map((name) => `${share(before[name])} → ${share(after[name])}`),
        difference(gain),
      ];
    });
  return [
    `**${SETS[set].title} by category, BM25 → Sekha hybrid**`,
    table([["category", "R@5", "R@10", "MRR", "difference R@10"], ...rows]),
  ].join("\n\n");
}

function folders(separate: readonly Answered[], together: readonly Answered[]): string {
  const rows = (Object.keys(SETS) as SetName[]).flatMap((set) =>
    LEVELS[set].flatMap(([level, title]) => {
      const apart = rowsOf(ofSet(separate, set), HYBRID, level);
      const one = rowsOf(ofSet(together, set), HYBRID, level);
      if (one.length === 0) return [];
      const label = `${SETS[set].title}, ${title}`;
      return [
        [label, "a data directory a scope", ...cells(apart)],
        [label, "one memory, a folder a scope", ...cells(one)],
      ];
    }),
  );
  return [
    "**One memory for all scopes, searched with a folder filter** (its word statistics and speakers are those of all scopes)",
    table([["set", "memory", ...COLUMNS.map(([, name]) => name)], ...rows]),
  ].join("\n\n");
}
