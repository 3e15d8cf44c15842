/**
 * How often is a suggested label right, by the confidence it is given? `npm run bench:labels -- [--write]`
 *
 * Stretches of 6 messages of the development sets are conversations, each filed under the person they come from, under
 * a quarter of that person's time, or, every third person's, under nothing: then no label is right. Each is asked about
 * as if it had no label. Labels say nothing, and there is no chat model: neighbours alone are measured.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import type { EmbeddingsStatus, LabelSuggestionOutput } from "@sekha/sdk/contract";
import { loadConfig } from "../server/src/config/load-config.ts";
import { createLogger, openMemory } from "../server/src/serve.ts";
import { type Judged, reliability, slopeAndShift } from "./support/calibration.ts";
import { dataFolder, loadScopes } from "./support/data-sets.ts";
import { progress, publish, table } from "./support/report.ts";

const STRETCH = 6;
const STRETCHES = 16;
const QUARTER = STRETCHES / 4;
const BINS = [0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.01];

interface Stretch {
  id: string;
  /** What Sekha called it. */
  title: string;
  scope: number;
  place: number;
}

/** How somebody may file; null: left without a label. */
const FILINGS: Record<string, (stretch: Stretch) => string | null> = {
  "a label a person": ({ scope }) => `Shelf ${scope + 1}`,
  "four labels a person": ({ scope, place }) =>
    `Shelf ${scope + 1} ${"ABCD"[Math.floor(place / QUARTER)]}`,
  "nothing fits": ({ scope }) => (scope % 3 === 2 ? null : `Shelf ${scope + 1}`),
};

const scopes = [...loadScopes(dataFolder(), "locomo"), ...loadScopes(dataFolder(), "beam")];
const directory = mkdtempSync(join(tmpdir(), "sekha-labels-"));
const config = loadConfig({
  env: { SEKHA_DATA_DIR: directory },
  cwd: directory,
  homeDirectory: directory,
  readFile: (path) => readFileSync(path, "utf8"),
});
const log = createLogger({ level: "silent", format: "json", destination: process.stderr });
const memory = await openMemory({ config, log });
try {
  const stretches = await store();
  await embedded();
  publish("labels", report(await judgedSuggestions(stretches)));
} finally {
  await memory.close();
  rmSync(directory, { recursive: true, force: true });
}

async function store(): Promise<Stretch[]> {
  progress("Storing");
  const stored: Stretch[] = [];
  for (const [scope, { sessions }] of scopes.entries()) {
    const units = sessions.flatMap((session) => session.units);
    // Spread over the whole time, so that neighbours are seldom the very next words.
    const step = Math.floor(units.length / STRETCHES);
    for (let place = 0; place < STRETCHES; place += 1) {
      const messages = units
        .slice(place * step, place * step + STRETCH)
        .map(({ text, role }) => ({ role: role === "assistant" ? role : "user", content: text }));
      const { id, label: title } = await call<{ id: string; label: string }>(
        "POST /api/v1/conversations",
        { messages },
      );
      stored.push({ id, title, scope, place });
    }
  }
  return stored;
}

/** `route`: method and path. */
async function call<Answer>(route: string, body?: object): Promise<Answer> {
  const [method = "", path = ""] = route.split(" ");
  const response = await memory.fetch(
    new Request(`http://localhost${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  if (!response.ok) throw new Error(`${route} answered ${response.status}`);
  return (await response.json()) as Answer;
}

async function embedded(): Promise<void> {
  for (;;) {
    const { queue } = await call<EmbeddingsStatus>("GET /api/v1/embeddings/status");
    progress(`${queue.pending + queue.processing} messages wait for their vectors`);
    if (queue.pending + queue.processing === 0) return;
    await pause(5000);
  }
}

interface Answer extends Judged {
  filing: string;
  /** Whether it is the surest of its conversation. */
  isFirst: boolean;
  scope: number;
}

async function judgedSuggestions(stretches: readonly Stretch[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [filing, labelOf] of Object.entries(FILINGS)) {
    progress(`Asking: ${filing}`);
    for (const stretch of stretches) {
      const label = labelOf(stretch) ?? stretch.title;
      await call(`PUT /api/v1/conversations/${stretch.id}/label`, { label });
    }
    for (const stretch of stretches) {
      const label = labelOf(stretch);
      // Those with a label stand in the first filing.
      if (filing === "nothing fits" && label !== null) continue;
      answers.push(...(await ask(stretch, label)).map((one) => ({ ...one, filing })));
    }
  }
  return answers;
}

async function ask(
  { id, scope }: Stretch,
  label: string | null,
): Promise<Omit<Answer, "filing">[]> {
  const { suggestions } = await call<{ suggestions: LabelSuggestionOutput[] }>(
    "POST /api/v1/labels/suggest",
    { conversation_id: id, count: 10 },
  );
  return suggestions
    .filter(({ is_existing }) => is_existing)
    .map((one, place) => ({
      ...{ confidence: one.confidence, isRight: one.label === label, isFirst: place === 0, scope },
    }));
}

/** Constants are fitted to the even scopes; what is reported is of the odd ones. */
function report(answers: readonly Answer[]): string {
  const fitted = slopeAndShift(answers.filter(({ scope }) => scope % 2 === 0));
  const held = answers.filter(({ scope }) => scope % 2 === 1);
  const bins = reliability(held, BINS).map(({ from, below, count, mean, right }) => [
    `${from} to ${Math.min(1, below)}`,
    ...[String(count), mean.toFixed(2), right.toFixed(2)],
  ]);
  const filings = Object.keys(FILINGS).map((filing) => {
    const first = held.filter((one) => one.filing === filing && one.isFirst);
    const sure = first.filter(({ confidence }) => confidence >= 0.7);
    const right = (some: readonly Answer[]) => some.filter(({ isRight }) => isRight).length;
    return [filing, `${right(first)} of ${first.length}`, `${right(sure)} of ${sure.length}`];
  });
  const { slope, shift } = slopeAndShift(held);
  return [
    table([["confidence", "suggestions", "mean confidence", "share that is right"], ...bins]),
    table([["filed", "the surest is right", "the surest is right, at 0.7 and above"], ...filings]),
    `Calibration (1 and 0 are perfect): slope ${slope.toFixed(2)} and shift ${shift.toFixed(2)} where it is reported, ${fitted.slope.toFixed(2)} and ${fitted.shift.toFixed(2)} where it was fitted.`,
  ].join("\n\n");
}
