import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import type { ProxyStore } from "../../../../core/ports/proxy-store.ts";
import { openProxyDatabase } from "../../../../storage/proxy/proxy-database.ts";
import type {
  AnsweredTurns,
  MemoryRequest,
  PreparedMemory,
  ProxyMemory,
  ProxyTurn,
} from "../../proxy-memory.ts";
import { createProxyMemory } from "../create-proxy-memory.ts";
import { FakeController } from "./fake-controller.ts";

/** A proxy's memory over a real store and a fake controller for each owner. */
export interface Bench {
  memory: ProxyMemory;
  store: ProxyStore;
  controllerOf(owner: string): FakeController;
  /** The process dies and starts again; nothing in memory survives. */
  restart(): Promise<void>;
  /** Milliseconds that time is ahead. */
  ahead: number;
  errors: string[];
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "sekha-proxy-memory-"));
  const store = await openProxyDatabase(join(folder, "proxy.db"));
  const controllers = new Map<string, FakeController>();
  const controllerOf = (owner: string) => {
    const known = controllers.get(owner) ?? new FakeController();
    controllers.set(owner, known);
    return known;
  };
  const errors: string[] = [];
  const ignore = () => undefined;
  const begin = () =>
    createProxyMemory({
      clientOf: (owner) => controllerOf(owner).client,
      store: { ...store, close: async () => undefined },
      settings: { timeoutMs: 1000 },
      log: { debug: ignore, info: ignore, warn: ignore, error: (message) => errors.push(message) },
      clock: () => performance.timeOrigin + performance.now() + bench.ahead,
      newId: randomUUID,
    });
  const bench: Bench = {
    store,
    controllerOf,
    errors,
    ahead: 0,
    memory: undefined as never,
    restart: async () => {
      await bench.memory.close();
      bench.memory = begin();
    },
    close: async () => {
      await bench.memory.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
  bench.memory = begin();
  return bench;
}

export function turn(role: ProxyTurn["role"], text: string): ProxyTurn {
  return { role, text, name: null, canonical: JSON.stringify([role, text.trim()]), parts: null };
}
export const user = (text: string) => turn("user", text);
export const assistant = (text: string) => turn("assistant", text);
export const tool = (text: string) => turn("tool", text);
export const system = (text: string) => turn("system", text);

export function request(
  turns: readonly ProxyTurn[],
  more: Partial<MemoryRequest> = {},
): MemoryRequest {
  return {
    owner: "ada",
    turns,
    mode: { read: true, write: true },
    conversationId: null,
    folder: "/chat",
    excludedFolders: [],
    preferredLabels: [],
    contextBudget: 1000,
    model: null,
    signal: new AbortController().signal,
    ...more,
  };
}

export function answer(text: string, more: Partial<AnsweredTurns> = {}): AnsweredTurns {
  const turns = text === "" ? [] : [assistant(text)];
  return { turns, complete: true, model: "m", ...more };
}

/** One request and its answer, as a client has it. */
export async function exchange(
  bench: Bench,
  turns: readonly ProxyTurn[],
  { says, ...more }: Partial<MemoryRequest> & { says: string },
): Promise<PreparedMemory> {
  const prepared = await bench.memory.prepare(request(turns, more));
  await prepared.capture(answer(says));
  return prepared;
}

/** Resolves when nothing waits any more. */
export async function delivered(bench: Bench): Promise<void> {
  await vi.waitFor(
    async () => {
      const { waiting } = await bench.store.counts();
      const counted = bench.memory.waiting();
      if (waiting + counted > 0) throw new Error(`${waiting} turns wait, ${counted} are counted`);
    },
    { timeout: 3_000, interval: 5 },
  );
}

/** The prompt as a model reads it: each block before its turn's words. */
export function promptOf(turns: readonly ProxyTurn[], { blocks }: PreparedMemory): string {
  const byTurn = new Map(blocks.map((block) => [block.turn, `${block.text}\n\n`]));
  return turns
    .map(({ role, text }, place) => `${role}> ${byTurn.get(place) ?? ""}${text}\n`)
    .join("");
}
