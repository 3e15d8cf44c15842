import { type ApiErrorCode, SekhaApiError } from "@sekha/sdk";
import type { Log } from "../../../core/log.ts";
import type { ProxyStore, SpooledMessage, WaitingEntry } from "../../../core/ports/proxy-store.ts";
import { controllerFailure } from "./controller-failure.ts";
import type { MemoryClient } from "./memory-client.ts";
import { withoutOverlap } from "./overlap.ts";
import { inPieces, toWire } from "./spooled-messages.ts";

interface DeliveryDependencies {
  store: ProxyStore;
  clientOf: (owner: string) => MemoryClient;
  log: Log;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

const BATCH = 200;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** A controller that imports may be slow; nobody waits for this. */
const TIMEOUT_MS = 60_000;
/** The controller understood and refuses: the same again would be refused again. */
const REFUSED = new Set<ApiErrorCode>([
  ...["invalid_json", "invalid_request", "conflict", "payload_too_large"],
  ...["validation_failed", "idempotency_mismatch"],
]);
/** So many of the last messages of a conversation are compared with what a client sends of it for the first time. */
const COMPARED = 1000;
/** Below the 10 MB that a controller takes by default; what it refuses goes message by message. */
const PIECE_BYTES = 8_000_000;

/**
 * Brings what waits on disk to the controller: in order within a conversation, again and again until it is there. Ids
 * are chosen here, so that a message that had arrived already is left out.
 */
export class SpoolDelivery {
  readonly #dependencies: DeliveryDependencies;
  /** What cannot be delivered now: of an owner, or one conversation. Until when, and how long the last pause was. */
  readonly #paused = new Map<string, { until: number; pause: number }>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #isAwake = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting = 0;
  #setAside = 0;

  constructor(dependencies: DeliveryDependencies) {
    this.#dependencies = dependencies;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get setAside(): number {
    return this.#setAside;
  }

  /** Messages were put on the way. */
  added(messages: number): void {
    this.#waiting += messages;
    this.wake();
  }

  /** What was refused once may be taken after a restart: limits and versions change. */
  async tryRefusedAgain(): Promise<void> {
    await this.#dependencies.store.tryRefusedAgain();
  }

  /** Counts what is on disk, which others may have changed, and begins to deliver it. */
  async refresh(): Promise<void> {
    const counts = await this.#dependencies.store.counts();
    this.#waiting = counts.waiting;
    this.#setAside = counts.setAside;
    if (counts.waiting > 0) this.wake();
  }

  wake(): void {
    this.#isAwake = true;
    if (this.#stopping.signal.aborted || this.#running !== null) return;
    clearTimeout(this.#timer);
    this.#running = this.#run()
      .catch((error: unknown) => {
        this.#dependencies.log.error(`What waits for the memory cannot be read: ${String(error)}`);
        this.#sleep(LONGEST_PAUSE_MS);
      })
      .finally(() => {
        this.#running = null;
        if (this.#isAwake) this.wake();
      });
  }

  /** What is being sent is given up and is sent again by the next start. */
  async close(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, clock } = this.#dependencies;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#isAwake = false;
      const paused = [...this.#paused].filter(([, { until }]) => until > clock());
      const entries = await store.waiting({ limit: BATCH, except: paused.map(([key]) => key) });
      const due = entries.filter((entry) => !this.#isPaused(entry));
      for (const entry of due) {
        if (!signal.aborted && !this.#isPaused(entry)) await this.#deliver(entry);
      }
      if (due.length > 0 || this.#isAwake) continue;
      const next = Math.min(...paused.map(([, { until }]) => until));
      if (paused.length > 0) this.#sleep(Math.max(0, next - clock()));
      return;
    }
    this.#isAwake = false;
  }

  #isPaused(entry: WaitingEntry): boolean {
    const now = this.#dependencies.clock();
    return [entry.owner, keyOf(entry)].some((key) => (this.#paused.get(key)?.until ?? 0) > now);
  }

  #sleep(milliseconds: number): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), milliseconds);
    this.#timer.unref?.();
  }

  async #deliver(entry: WaitingEntry): Promise<void> {
    const { store, log } = this.#dependencies;
    const { owner, number, messages } = entry;
    try {
      await this.#sendWhatFits(entry);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      // A failure inside the controller may be this conversation's alone; others go on.
      if (!isRefused(error)) return this.#pause(isInside(error) ? keyOf(entry) : owner, error);
      const reason = error instanceof Error ? error.message : String(error);
      await store.setAside(number, reason);
      this.#waiting -= messages.length;
      this.#setAside += messages.length;
      log.error(
        `${messages.length} turns of conversation ${entry.conversationId} were refused by the memory and are kept aside in proxy.db, to be tried again at the next start: ${reason}`,
      );
      return;
    }
    this.#paused.delete(owner);
    this.#paused.delete(keyOf(entry));
    await store.delivered(number);
    this.#waiting -= messages.length;
  }

  #pause(key: string, error: unknown): void {
    const { clock, log } = this.#dependencies;
    const before = this.#paused.get(key)?.pause ?? 0;
    const pause = Math.min(Math.max(FIRST_PAUSE_MS, before * 2), LONGEST_PAUSE_MS);
    this.#paused.set(key, { until: clock() + pause, pause });
    if (before > 0) return;
    log.warn(
      `The memory cannot be written; turns wait on disk until it can. ${controllerFailure(error)}`,
    );
  }

  /** The controller takes smaller bodies than the proxy: what is too large at once goes in pieces, at last without images. */
  async #sendWhatFits(entry: WaitingEntry): Promise<void> {
    try {
      await this.#send(entry, PIECE_BYTES).catch(unlessTooLarge(() => this.#send(entry, 0)));
    } catch (error) {
      if (!isTooLarge(error) || entry.messages.every(({ parts }) => parts === null)) throw error;
      this.#dependencies.log.warn(
        `Images of conversation ${entry.conversationId} are larger than the memory takes (body_limits.controller); the words are kept without them.`,
      );
      await this.#send({ ...entry, messages: entry.messages.map(withoutImages) }, 0);
    }
  }

  /** In pieces of so many bytes, or of one message; a piece that had arrived already is left out. */
  async #send(entry: WaitingEntry, pieceBytes: number): Promise<void> {
    const { isFirst, messages } = entry;
    const [first = [], ...rest] = inPieces(messages, pieceBytes);
    const isMade = isFirst && (await this.#create({ ...entry, messages: first }));
    const unsent = isFirst && !isMade ? await this.#unsent(entry) : messages;
    for (const piece of isMade ? rest : inPieces(unsent, pieceBytes)) {
      await this.#append({ ...entry, messages: piece });
    }
  }

  async #append(entry: WaitingEntry): Promise<void> {
    const client = this.#dependencies.clientOf(entry.owner);
    const sent = entry.messages.map(toWire);
    try {
      await client.conversations.append(entry.conversationId, sent, this.#options());
    } catch (error) {
      // It was deleted, and its client went on: what was said since then begins it again.
      if (!(error instanceof SekhaApiError) || error.status !== 404) throw error;
      if (!(await this.#create(entry))) throw error;
    }
  }

  /** False: there is one of that id already, made by this proxy before or by somebody else. */
  async #create({ owner, conversationId, ...entry }: WaitingEntry): Promise<boolean> {
    const { folder, metadata, messages } = entry;
    const body = { chosen_id: conversationId, folder, metadata, messages: messages.map(toWire) };
    try {
      await this.#dependencies.clientOf(owner).conversations.create(body, this.#options());
      return true;
    } catch (error) {
      if (error instanceof SekhaApiError && error.status === 409) return false;
      throw error;
    }
  }

  /** Of a conversation that was there before the proxy knew it, a client sends again what it holds. */
  async #unsent({ owner, conversationId, messages }: WaitingEntry): Promise<SpooledMessage[]> {
    const { conversations } = this.#dependencies.clientOf(owner);
    try {
      const { total } = await conversations.messages(conversationId, { limit: 1 }, this.#options());
      const page = { limit: COMPARED, offset: Math.max(0, total - COMPARED) };
      const stored = await conversations.messages(conversationId, page, this.#options());
      return withoutOverlap(stored.messages, messages);
    } catch (error) {
      // A key that may only write does not see what is there; what has its id is still left out.
      if (error instanceof SekhaApiError && error.status === 403) return [...messages];
      throw error;
    }
  }

  #options() {
    return { signal: this.#stopping.signal, timeout: TIMEOUT_MS, retries: 0 };
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof SekhaApiError && error.status === 413;
}

function unlessTooLarge(work: () => Promise<void>): (error: unknown) => Promise<void> {
  return (error) => {
    if (!isTooLarge(error)) throw error;
    return work();
  };
}

function isRefused(error: unknown): boolean {
  return isTooLarge(error) || (error instanceof SekhaApiError && REFUSED.has(error.code));
}

function isInside(error: unknown): boolean {
  return error instanceof SekhaApiError && error.status === 500;
}

function keyOf({ owner, conversationId }: WaitingEntry): string {
  return `${owner}\n${conversationId}`;
}

function withoutImages(message: SpooledMessage): SpooledMessage {
  const { parts, text, metadata } = message;
  if (parts === null) return message;
  const words = text.trim() === "" ? "[image]" : text;
  return { ...message, parts: null, text: words, metadata: { ...metadata, images_left_out: true } };
}
