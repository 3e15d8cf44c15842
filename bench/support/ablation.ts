import {
  DEFAULT_FUSION,
  type FusionInput,
  type FusionOptions,
  fuse,
  rankConversations,
} from "../../server/src/core/search/fusion.ts";
import type { GatheredScope } from "./ablation-input.ts";
import type { SetName } from "./data-sets.ts";
import { type Measures, measure } from "./measures.ts";
import { ofSet, rowsOf } from "./recall-report.ts";
import { type Answered, BASELINE } from "./recall-run.ts";
import { difference, progress, share, table } from "./report.ts";
import { mean, pairedDifference, seededRandom } from "./statistics.ts";

interface Ranked {
  set: SetName;
  scope: string;
  messages: Measures;
  sessions: Measures | null;
}

type Change = Partial<FusionOptions>;

/** Ranks the same candidates with other settings. */
function rankAll(
  scopes: readonly GatheredScope[],
  change: Change,
  altered: (input: FusionInput) => FusionInput = (input) => input,
): Ranked[] {
  const options = { ...DEFAULT_FUSION, ...change };
  return scopes.flatMap(({ scope, inputs, units, sessions }) =>
    inputs.map(({ question, input }) => {
      const ranked = fuse({ ...altered(input), options });
      const grouped = rankConversations(ranked);
      const gold = question.gold_sessions ?? [];
      return {
        set: scope.set,
        scope: scope.name,
        messages: measure(
          ranked.map(({ id }) => units.get(id) ?? ""),
          question.gold,
        ),
        sessions:
          gold.length === 0
            ? null
            : measure(
                grouped.map(({ conversationId }) => sessions.get(conversationId) ?? ""),
                gold,
              ),
      };
    }),
  );
}

const NO_PRIORS: Change = { speakerBonus: 0, roleBonus: 0, questionPenalty: 0, dateBonus: 0 };

const PARTS: [string, Change][] = [
  ["no neighbours at all", { neighbourShares: [0, 0], neighbourCosineShare: 0 }],
  ["no window for words", { neighbourShares: [0, 0] }],
  ["window ±1 only", { neighbourShares: [0.3, 0] }],
  ["no neighbour cosine", { neighbourCosineShare: 0 }],
  ["no vectors", { cosineWeight: 0 }],
  ["no speaker bonus", { speakerBonus: 0 }],
  ["no role bonus", { roleBonus: 0 }],
  ["no question penalty", { questionPenalty: 0 }],
  ["no date bonus", { dateBonus: 0 }],
  ["no priors at all", NO_PRIORS],
  ["no passages (whole messages)", { passageCharacters: 1e9 }],
  ["saturation 1.2 (BM25's k1)", { saturation: 1.2 }],
];

const CONSTANTS: [string, Change][] = [
  ...[180, 300, 400, 600].map((value): [string, Change] => [
    `passages of ${value}`,
    { passageCharacters: value },
  ]),
  ...[0.3, 0.7, 1].map((value): [string, Change] => [
    `cosine weight ${value}`,
    { cosineWeight: value },
  ]),
  ...[0.1, 0.15, 0.35].map((value): [string, Change] => [
    `role bonus ${value}`,
    { roleBonus: value },
  ]),
  ...[0.1, 0.2].map((value): [string, Change] => [
    `speaker bonus ${value}`,
    { speakerBonus: value },
  ]),
  ...[0.1, 0.2].map((value): [string, Change] => [`date bonus ${value}`, { dateBonus: value }]),
  ...[0.15, 0.6].map((value): [string, Change] => [`saturation ${value}`, { saturation: value }]),
  ["neighbour shares .2, .1", { neighbourShares: [0.2, 0.1] }],
  ["neighbour shares .4, .3", { neighbourShares: [0.4, 0.3] }],
  ...[0.2, 0.6].map((value): [string, Change] => [
    `neighbour cosine ${value}`,
    { neighbourCosineShare: value },
  ]),
  ...[0.1, 0.3].map((value): [string, Change] => [
    `question penalty ${value}`,
    { questionPenalty: value },
  ]),
];

const HEAD = [
  "left out or changed",
  "LoCoMo R@5",
  "LoCoMo MRR",
  "sessions hit@1 / hit@5",
  "BEAM R@10",
  "BEAM MRR",
];

/** What each part of the ranking is worth: the same candidates ranked without it. */
export function ablationReport(
  scopes: readonly GatheredScope[],
  answered: readonly Answered[],
): string {
  const full = rankAll(scopes, {});
  const row = (name: string, ranked: readonly Ranked[]) => [name, ...cells(ranked, full)];
  const changed = (entries: readonly [string, Change][]) =>
    entries.map(([name, change]) => {
      progress(`  ablation: ${name}`);
      return row(name, rankAll(scopes, change));
    });
  const cosineAlone = rankAll(scopes, { neighbourCosineShare: 0, cosineWeight: 1 }, withoutTerms);
  return [
    "Differences to the full ranking, over the candidates of the real stores.",
    table([
      HEAD,
      row("full ranking", full),
      ...changed(PARTS),
      row("no words: cosine and priors", cosineAlone),
    ]),
    "The constants, one at a time:",
    table([HEAD, ...changed(CONSTANTS)]),
    ...againstBaseline(scopes, answered),
  ].join("\n\n");
}

function withoutTerms(input: FusionInput): FusionInput {
  return { ...input, query: { ...input.query, terms: [] } };
}

function cells(ranked: readonly Ranked[], full: readonly Ranked[]): string[] {
  return [
    compared(ranked, full, ["locomo", "recall5"]),
    compared(ranked, full, ["locomo", "reciprocalRank"]),
    sessionCell(ranked),
    compared(ranked, full, ["beam", "recall10"]),
    compared(ranked, full, ["beam", "reciprocalRank"]),
  ];
}

function valuesOf(ranked: readonly Ranked[], [set, name]: [SetName, keyof Measures]): number[] {
  return ranked.filter((one) => one.set === set).map((one) => one.messages[name]);
}

function compared(
  ranked: readonly Ranked[],
  full: readonly Ranked[],
  of: [SetName, keyof Measures],
): string {
  const values = valuesOf(ranked, of);
  if (ranked === full) return share(mean(values));
  return `${share(mean(values))} ${difference(pairedDifference(values, valuesOf(full, of)))}`;
}

function sessionCell(ranked: readonly Ranked[]): string {
  const judged = ranked.flatMap((one) =>
    one.set === "locomo" && one.sessions !== null ? [one.sessions] : [],
  );
  return `${share(mean(judged.map((row) => row.hit1)))} / ${share(mean(judged.map((row) => row.hit5)))}`;
}

/** Is the ranking still better than BM25 without what is most particular to the kind of data? */
function againstBaseline(
  scopes: readonly GatheredScope[],
  answered: readonly Answered[],
): string[] {
  const ranked = rankAll(scopes, NO_PRIORS);
  return (["locomo", "beam"] as const).flatMap((set) => {
    const baseline = rowsOf(ofSet(answered, set), BASELINE, "messages");
    if (baseline.length === 0) return [];
    const gains = (["recall5", "recall10", "reciprocalRank"] as const).map((name) => {
      const theirs = baseline.map((row) => row[name]);
      return difference(pairedDifference(valuesOf(ranked, [set, name]), theirs));
    });
    return [`Without any prior, difference to BM25 on ${set}: R@5, R@10, MRR ${gains.join(", ")}.`];
  });
}

const SETTINGS = 45;

/** Each constant times 0.5 to 2. The first setting is the product's. */
function randomSettings(): Change[] {
  const random = seededRandom(42);
  const around = (value: number) => value * 2 ** (2 * random() - 1);
  const base = DEFAULT_FUSION;
  return Array.from({ length: SETTINGS }, (_, number) =>
    number === 0
      ? {}
      : {
          passageCharacters: Math.round(around(base.passageCharacters)),
          neighbourShares: [around(base.neighbourShares[0]), around(base.neighbourShares[1])],
          saturation: around(base.saturation),
          cosineWeight: around(base.cosineWeight),
          neighbourCosineShare: around(base.neighbourCosineShare),
          speakerBonus: around(base.speakerBonus),
          roleBonus: around(base.roleBonus),
          questionPenalty: around(base.questionPenalty),
          dateBonus: around(base.dateBonus),
        },
  );
}

/** Constants chosen on all scopes but one and judged on that one, in turn. */
export function leaveOneScopeOutReport(
  scopes: readonly GatheredScope[],
  answered: readonly Answered[],
): string {
  const settings = randomSettings().map((change, number) => {
    if (number % 5 === 0) progress(`  leave one scope out: setting ${number + 1} of ${SETTINGS}`);
    return rankAll(scopes, change);
  });
  const chosen = scopes.flatMap(({ scope }) => {
    const best = settings.toSorted(
      (left, right) => worth(right, scope.name) - worth(left, scope.name),
    )[0];
    return (best ?? []).filter((one) => one.scope === scope.name);
  });
  const rows = JUDGED.map(([set, name, title]) => {
    const values = settings.map((ranked) => mean(valuesOf(ranked, [set, name])));
    const baseline = rowsOf(ofSet(answered, set), BASELINE, "messages").map((row) => row[name]);
    const left = valuesOf(chosen, [set, name]);
    return [
      title,
      share(mean(baseline)),
      share(values[0] ?? 0),
      share(mean(left)),
      difference(pairedDifference(left, baseline)),
      share(Math.min(...values)),
      share(Math.max(...values)),
    ];
  });
  return [
    `${SETTINGS} settings (each constant times 0.5 to 2), the best on the other scopes judged on the one left out:`,
    table([
      [
        "measure",
        "BM25",
        "as shipped",
        "left out",
        "left out − BM25",
        "worst setting",
        "best setting",
      ],
      ...rows,
    ]),
  ].join("\n\n");
}

const JUDGED: [SetName, keyof Measures, string][] = [
  ["locomo", "recall5", "LoCoMo R@5"],
  ["locomo", "reciprocalRank", "LoCoMo MRR"],
  ["beam", "recall10", "BEAM R@10"],
  ["beam", "reciprocalRank", "BEAM MRR"],
];

function worth(ranked: readonly Ranked[], without: string): number {
  const others = ranked.filter((one) => one.scope !== without);
  return JUDGED.map((judged) => mean(valuesOf(others, [judged[0], judged[1]]))).reduce(
    (sum, value) => sum + value,
    0,
  );
}
