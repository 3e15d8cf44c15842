import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";

/** One message of a set. */
export interface Unit {
  scope: string;
  id: string;
  session: string;
  ts: string;
  role: string;
  text: string;
}

/** One question and the messages that answer it. */
export interface Question {
  scope: string;
  id: string;
  q: string;
  gold: string[];
  gold_sessions?: string[];
  answer?: string;
  category: string;
}

export interface Session {
  name: string;
  units: Unit[];
}

/** One person's memory: searches never cross it. */
export interface Scope {
  set: SetName;
  name: string;
  sessions: Session[];
  /** Those with an answer to find. */
  questions: Question[];
}

export type SetName = "locomo" | "beam";

export const SETS: Record<SetName, { title: string; file: string }> = {
  locomo: { title: "LoCoMo-dev", file: "locomo-dev.json" },
  beam: { title: "BEAM-dev", file: "beam-100k-dev.json" },
};

/** Ends the process with what to do when the sets are not there. */
export function dataFolder(): string {
  const folder = resolve(process.env.SEKHA_BENCH_DATA ?? "../shared/data");
  const missing = Object.values(SETS).filter(({ file }) => !existsSync(resolve(folder, file)));
  if (missing.length === 0) return folder;
  process.stderr.write(
    `The benchmarks need ${missing.map(({ file }) => file).join(" and ")}, and ${folder} does not have them.\n` +
      "Set SEKHA_BENCH_DATA to the folder that does; bench/RESULTS.md says what they are.\n",
  );
  process.exit(2);
}

/** The scopes of a set in the order of the file, questions without an answer left out. */
export function loadScopes(folder: string, set: SetName): Scope[] {
  const file = resolve(folder, SETS[set].file);
  const { units, queries } = JSON.parse(readFileSync(file, "utf8")) as {
    units: Unit[];
    queries: Question[];
  };
  const ofScope = Map.groupBy(units, (unit) => unit.scope);
  return [...ofScope].map(([name, own]) => {
    const known = new Set(own.map((unit) => unit.id));
    const questions = queries
      .filter((question) => question.scope === name)
      .map((question) => ({ ...question, gold: [...new Set(question.gold)] }))
      .map((question) => ({ ...question, gold: question.gold.filter((id) => known.has(id)) }))
      .filter((question) => question.gold.length > 0);
    const sessions = [...Map.groupBy(own, (unit) => unit.session)].map(([session, inside]) => ({
      name: session,
      units: inside,
    }));
    return { set, name, sessions, questions };
  });
}

const MONTHS =
  "january february march april may june july august september october november december".split(
    " ",
  );

/** "1:56 pm on 8 May, 2023" (LoCoMo) or "March-15-2024" (BEAM), read as UTC. */
export function timeOf(text: string): string {
  const spoken = /^(\d+):(\d+) (am|pm) on (\d+) (\w+), (\d+)$/.exec(text);
  const named = /^(\w+)-(\d+)-(\d+)$/.exec(text);
  if (spoken) {
    const [, hour, minute, half, day, month = "", year] = spoken;
    const hours = (Number(hour) % 12) + (half === "pm" ? 12 : 0);
    return isoTime([Number(year), monthNumber(month, text), Number(day), hours, Number(minute)]);
  }
  if (named) {
    const [, month = "", day, year] = named;
    return isoTime([Number(year), monthNumber(month, text), Number(day), 0, 0]);
  }
  throw new Error(`The time "${text}" is in neither of the two formats of the sets`);
}

function isoTime(parts: [number, number, number, number, number]): string {
  return new Date(Date.UTC(...parts)).toISOString();
}

function monthNumber(name: string, text: string): number {
  const month = MONTHS.indexOf(name.toLowerCase());
  if (month < 0) throw new Error(`The time "${text}" has no month`);
  return month;
}
