import { setImmediate } from "node:timers/promises";
import { LOCAL_OWNER } from "../../conversations/conversation.ts";
import type { Log } from "../../log.ts";
import type {
  EmbeddingFailure,
  EmbeddingQueue,
  EmbeddingQueueStatus,
  EmbeddingTask,
} from "../../ports/embedding-queue.ts";
import type { VectorEntry, VectorStore } from "../../ports/vector-store.ts";

export function fakeTask(number: number): EmbeddingTask {
  return {
    ...{ owner: LOCAL_OWNER, message: number, messageId: `m${number}` },
    ...{ conversation: 1, text: `text ${number}`, attempts: 0 },
  };
}

/** A queue in memory that notes what happened. Waits are over at once. */
export class FakeQueue implements EmbeddingQueue {
  pending: EmbeddingTask[] = [];
  claimed: EmbeddingTask[] = [];
  readonly claims: number[] = [];
  readonly completed: number[] = [];
  readonly failures: EmbeddingFailure[] = [];
  readonly parked: EmbeddingFailure[] = [];
  /** So many times nothing can be stored. */
  completeTroubles = 0;
  /** So many times it cannot be told what failed. */
  failTroubles = 0;
  onClaim: () => void = () => undefined;

  async claim({ limit }: { limit: number }): Promise<EmbeddingTask[]> {
    const tasks = this.pending.splice(0, limit);
    this.claimed.push(...tasks);
    this.claims.push(tasks.length);
    this.onClaim();
    return tasks;
  }

  async complete(_model: unknown, results: { message: number }[]): Promise<void> {
    if (this.completeTroubles > 0) {
      this.completeTroubles -= 1;
      throw new Error("the disk is full");
    }
    for (const { message } of results) {
      this.#take(message);
      this.completed.push(message);
    }
  }

  async fail(failures: EmbeddingFailure[]): Promise<void> {
    if (this.failTroubles > 0) {
      this.failTroubles -= 1;
      throw new Error("the database is out");
    }
    for (const failure of failures) {
      this.failures.push(failure);
      const task = this.#take(failure.message);
      if (failure.retryAt === null) this.parked.push(failure);
      else if (task) this.pending.push({ ...task, attempts: task.attempts + 1 });
    }
  }

  async releaseClaims(): Promise<number> {
    const released = this.claimed.splice(0);
    this.pending.push(...released);
    return released.length;
  }

  async status(): Promise<EmbeddingQueueStatus> {
    const { pending, claimed, parked, completed } = this;
    return {
      ...{ pending: pending.length, processing: claimed.length, parked: parked.length },
      ...{ embedded: completed.length, oldestPendingMs: null, failures: [] },
    };
  }

  async retryParked(): Promise<number> {
    return this.parked.splice(0).length;
  }

  async enqueueFrom(): Promise<{ cursor: number | null; queued: number; scanned: number }> {
    return { cursor: null, queued: 0, scanned: 0 };
  }

  /** Lets everything else run until it is so. */
  async until(reached: () => boolean): Promise<void> {
    while (!reached()) await setImmediate();
  }

  #take(message: number): EmbeddingTask | undefined {
    const place = this.claimed.findIndex((task) => task.message === message);
    return place === -1 ? undefined : this.claimed.splice(place, 1)[0];
  }
}

/** Time stands still and sleep is over at once, unless it is endless. */
export class FakeTime {
  readonly slept: number[] = [];
  endless = false;
  sleeping = 0;
  readonly clock = (): number => 1_000_000;
  readonly sleep = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    this.slept.push(milliseconds);
    this.sleeping += 1;
    if (this.endless && !signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    }
    await setImmediate();
    this.sleeping -= 1;
  };
}

export function fakeVectors(): VectorStore & { added: number } {
  const store = {
    added: 0,
    add: async (_owner: string, _model: unknown, entries: VectorEntry[]) => {
      store.added += entries.length;
    },
    remove: async () => undefined,
    search: async () => [],
    similarities: async () => new Map<number, number>(),
    collections: async () => [],
    check: async () => undefined,
    close: async () => undefined,
  };
  return store;
}

export function lines(): Log & { all: string[] } {
  const all: string[] = [];
  const at = (level: string) => (message: string) => {
    all.push(`${level} ${message}`);
  };
  return { all, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
