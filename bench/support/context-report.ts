import { type ContextMeasures, measureUpdate } from "./context-measures.ts";
import type { Shape } from "./context-run.ts";
import type { Question, Scope, SetName } from "./data-sets.ts";
import { SETS } from "./data-sets.ts";
import { difference, machine, share, table } from "./report.ts";
import { mean, pairedDifference } from "./statistics.ts";

/** One question with what each way made of it. */
export interface Compared {
  scope: Scope;
  question: Question;
  shapes: Record<Way, Shape & { measures: ContextMeasures }>;
}

export type Way = "assembly" | "whole" | "cut" | "roomy";

const TITLES: Record<Way, string> = {
  assembly: "assembly",
  whole: "top-k",
  cut: "top-k, long ones cut",
  roomy: "top-k, no reserve",
};
const WAYS = Object.keys(TITLES) as Way[];

export function contextReport(compared: readonly Compared[], budget: number): string {
  const sets = (Object.keys(SETS) as SetName[]).map((set) => {
    const own = compared.filter(({ scope }) => scope.set === set);
    return own.length === 0 ? "" : setReport(set, own);
  });
  return [
    `Measured on: ${machine()}. Budget ${budget} tokens.`,
    ...sets,
    updatesReport(compared),
  ].join("\n\n");
}

function setReport(set: SetName, own: readonly Compared[]): string {
  const rows = WAYS.map((way) => [
    TITLES[way],
    ...(["whole", "quoted", "answering"] as const).map((measure) =>
      share(mean(own.map(({ shapes }) => shapes[way].measures[measure]))),
    ),
    mean(own.map(({ shapes }) => shapes[way].tokens)).toFixed(0),
    mean(own.map(({ shapes }) => shapes[way].shown.length)).toFixed(1),
  ]);
  const against = (["whole", "cut", "roomy"] as const).map((way) => [
    `assembly − ${TITLES[way]}`,
    ...(["whole", "quoted", "answering"] as const).map((measure) => gain(own, way, measure)),
    "",
    "",
  ]);
  const head = ["context", "gold whole", "gold quoted", "gold answering", "tokens", "messages"];
  return [
    `**${SETS[set].title}, ${own.length} questions**`,
    table([head, ...rows, ...against]),
    categoryTable(own),
  ].join("\n\n");
}

function categoryTable(own: readonly Compared[]): string {
  const groups = [...Map.groupBy(own, ({ question }) => question.category)].sort();
  const rows = groups.map(([category, inside]) => [
    `${category} (${inside.length})`,
    ...(["quoted", "answering"] as const).flatMap((measure) => [
      `${shareOf(inside, "whole", measure)} → ${shareOf(inside, "assembly", measure)}`,
      gain(inside, "whole", measure),
    ]),
  ]);
  const head = ["top-k → assembly", "gold quoted", "difference", "gold answering", "difference"];
  return table([head, ...rows]);
}

function shareOf(own: readonly Compared[], way: Way, measure: keyof ContextMeasures): string {
  return share(mean(own.map(({ shapes }) => shapes[way].measures[measure])));
}

function gain(own: readonly Compared[], way: Way, measure: keyof ContextMeasures): string {
  return difference(
    pairedDifference(
      own.map(({ shapes }) => shapes.assembly.measures[measure]),
      own.map(({ shapes }) => shapes[way].measures[measure]),
    ),
  );
}

function updatesReport(compared: readonly Compared[]): string {
  const updates = compared
    .filter(({ question }) => question.category === "knowledge_update")
    .map(({ scope, question, shapes }) =>
      measureUpdate(question, saidIn(scope), shapes.assembly.shown),
    );
  const both = updates.filter(({ isMarked }) => isMarked !== null);
  const isOutdated = (one: Compared) =>
    one.shapes.assembly.shown.filter(({ supersededBy }) => supersededBy !== null).length;
  const marks = [...Map.groupBy(compared, ({ question }) => question.category)].sort();
  return [
    `**Knowledge updates of BEAM-dev, ${updates.length} questions**`,
    `The newer statement is there: ${updates.filter(({ hasNewer }) => hasNewer).length}. Both are there: ${both.length}; ` +
      `of these the older is marked as outdated by one with the answer: ${both.filter(({ isMarked }) => isMarked).length}, ` +
      `by any newer message: ${both.filter(({ isOutdated: marked }) => marked).length}.`,
    table([
      ["messages marked as outdated, a question", "mean"],
      ...marks.map(([category, inside]) => [category, mean(inside.map(isOutdated)).toFixed(2)]),
    ]),
  ].join("\n\n");
}

function saidIn(scope: Scope): Map<string, string> {
  return new Map(
    scope.sessions.flatMap(({ units }) =>
      units.map(({ id, text }): [string, string] => [id, text]),
    ),
  );
}

/** How often the floor leaves a context empty: for a memory's own questions, and for those of another set. */
export function floorReport(
  floors: readonly { set: SetName; own: number[]; strange: number[] }[],
  least: number,
): string {
  const emptyShare = (best: readonly number[]) => share(mean(best.map((one) => +(one < least))));
  const rows = [...Map.groupBy(floors, ({ set }) => set)].map(([set, inside]) => [
    SETS[set].title,
    emptyShare(inside.flatMap(({ own }) => own)),
    emptyShare(inside.flatMap(({ strange }) => strange)),
  ]);
  return table([["empty contexts", "own questions", "questions of the other set"], ...rows]);
}
