/**
 * How often is a suggested label right, by the confidence it is given? `npm run bench:labels -- [--write]`
 *
 * Stretches of 6 messages of the development sets are conversations; what they are filed under is the pair of people
 * or the chat that they come from. Two of three carry their label, the third is asked about. Names of speakers are left
 * out, labels say nothing, and there is no chat model: neighbours alone are measured.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import type { EmbeddingsStatus, LabelSuggestionOutput } from "@sekha/sdk/contract";
import { loadConfig } from "../server/src/config/load-config.ts";
import { createLogger, openMemory } from "../server/src/serve.ts";
import { dataFolder, loadScopes } from "./support/data-sets.ts";
import { progress, publish, table } from "./support/report.ts";

const STRETCH = 6;
const STRETCHES = 12;
const BINS = [0, 0.3, 0.5, 0.6, 0.7, 0.8, 1.01];

interface Asked {
  id: string;
  label: string;
}

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
  const asked = await store();
  await embedded();
  publish("labels", report(await ask(asked)));
} finally {
  await memory.close();
  rmSync(directory, { recursive: true, force: true });
}

async function store(): Promise<Asked[]> {
  progress("Storing");
  const asked: Asked[] = [];
  for (const [number, scope] of scopes.entries()) {
    const label = `Shelf ${number + 1}`;
    const units = scope.sessions.flatMap((session) => session.units);
    // Spread over the whole time, so that neighbours are seldom the very next words.
    const step = Math.floor(units.length / STRETCHES);
    for (let place = 0; place < STRETCHES; place += 1) {
      const messages = units
        .slice(place * step, place * step + STRETCH)
        .map(({ text, role }) => ({ role: role === "assistant" ? role : "user", content: text }));
      const isAsked = place % 3 === 2;
      const { id } = await call<{ id: string }>("/api/v1/conversations", {
        messages,
        ...(isAsked ? {} : { label }),
      });
      if (isAsked) asked.push({ id, label });
    }
  }
  return asked;
}

async function call<Answer>(path: string, body?: object): Promise<Answer> {
  const response = await memory.fetch(
    new Request(`http://localhost${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as Answer;
}

async function embedded(): Promise<void> {
  for (;;) {
    const { queue } = await call<EmbeddingsStatus>("/api/v1/embeddings/status");
    progress(`${queue.pending + queue.processing} messages wait for their vectors`);
    if (queue.pending + queue.processing === 0) return;
    await pause(5000);
  }
}

async function ask(asked: readonly Asked[]): Promise<{ confidence: number; isRight: boolean }[]> {
  progress("Asking");
  const answers = [];
  for (const { id, label } of asked) {
    const { suggestions } = await call<{ suggestions: LabelSuggestionOutput[] }>(
      "/api/v1/labels/suggest",
      { conversation_id: id },
    );
    const best = suggestions.find(({ is_existing }) => is_existing);
    if (best !== undefined) {
      answers.push({ confidence: best.confidence, isRight: best.label === label });
    }
  }
  return answers;
}

function report(answers: readonly { confidence: number; isRight: boolean }[]): string {
  const rows = BINS.slice(0, -1).flatMap((from, bin) => {
    const below = BINS[bin + 1] ?? 1;
    const inside = answers.filter(({ confidence }) => confidence >= from && confidence < below);
    if (inside.length === 0) return [];
    const mean = inside.reduce((sum, { confidence }) => sum + confidence, 0) / inside.length;
    const right = inside.filter(({ isRight }) => isRight).length;
    return [
      [
        `${from} to ${Math.min(1, below)}`,
        String(inside.length),
        mean.toFixed(2),
        (right / inside.length).toFixed(2),
      ],
    ];
  });
  return table([["confidence", "suggestions", "mean confidence", "share that is right"], ...rows]);
}
