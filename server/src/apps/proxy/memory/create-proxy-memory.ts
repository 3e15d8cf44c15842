import { errorMessage } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import type { ProxyStore } from "../../../core/ports/proxy-store.ts";
import type {
  AnsweredTurns,
  MemoryReport,
  MemoryRequest,
  PreparedMemory,
  ProxyMemory,
} from "../proxy-memory.ts";
import { ConversationFinder } from "./conversation-finder.ts";
import { ExchangeCapture, type OpenExchange } from "./exchange-capture.ts";
import { KeyedLock } from "./keyed-lock.ts";
import type { MemoryClient } from "./memory-client.ts";
import { type PromptMemory, promptMemory } from "./prompt-memory.ts";
import { SpoolDelivery } from "./spool-delivery.ts";
import { upkeep } from "./store-upkeep.ts";
import { historyOf } from "./turn-history.ts";

export interface ProxyMemorySettings {
  /** Milliseconds that recall may take before a request goes on without it (`proxy.memory_timeout_ms`). */
  timeoutMs: number;
}

export interface ProxyMemoryDependencies {
  /** The controller as one owner sees it; called for every use, so keep the clients. */
  clientOf: (owner: string) => MemoryClient;
  /** `openProxyDatabase(file)` in storage/proxy gives one; closed with the memory. */
  store: ProxyStore;
  settings: ProxyMemorySettings;
  log: Log;
  /** Milliseconds since the epoch, with fractions. */
  clock: () => number;
  /** A new UUID. */
  newId: () => string;
}

const UPKEEP_MS = 60 * 60 * 1000;

const NO_MEMORY: PromptMemory = {
  blocks: [],
  report: { recall: "off", contextUsed: [], contextTokens: 0, rebuilt: false, note: null },
};

const NOTHING = () => Promise.resolve();

/** Memory over a controller and the proxy's own store; begins to deliver what waits at once. */
export function createProxyMemory(dependencies: ProxyMemoryDependencies): ProxyMemory {
  return new StoredProxyMemory(dependencies);
}

class StoredProxyMemory implements ProxyMemory {
  readonly #dependencies: ProxyMemoryDependencies;
  readonly #fineClock: () => number;
  readonly #finder: ConversationFinder;
  readonly #capture: ExchangeCapture;
  readonly #delivery: SpoolDelivery;
  /** By owner: turns are recognised and kept one request after the other. */
  readonly #lock = new KeyedLock();
  readonly #stopping = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #upkeep: Promise<void>;

  constructor({ clock, ...dependencies }: ProxyMemoryDependencies) {
    this.#fineClock = clock;
    // What is stored are whole milliseconds.
    this.#dependencies = { ...dependencies, clock: () => Math.floor(clock()) };
    this.#finder = new ConversationFinder(this.#dependencies);
    this.#capture = new ExchangeCapture({ ...this.#dependencies, finder: this.#finder });
    this.#delivery = new SpoolDelivery(this.#dependencies);
    this.#upkeep = this.#begin();
    this.#timer = setInterval(() => {
      this.#upkeep = this.#upkeep.then(() => this.#keepUp());
    }, UPKEEP_MS);
    this.#timer.unref();
  }

  async prepare(request: MemoryRequest): Promise<PreparedMemory> {
    const { log } = this.#dependencies;
    const askedAt = this.#fineClock();
    try {
      if (request.mode.read || request.mode.write) return await this.#withMemory(request, askedAt);
      return this.#withoutMemory(request, askedAt);
    } catch (error) {
      const note = `The proxy's own store failed, so the request went on without memory and is not kept. ${errorMessage(error)}`;
      log.error(note);
      const report = this.#report(NO_MEMORY, { askedAt, conversationId: null });
      return { blocks: [], report: { ...report, recall: "unavailable", note }, capture: NOTHING };
    }
  }

  waiting(): number {
    return this.#delivery.waiting;
  }

  setAside(): number {
    return this.#delivery.setAside;
  }

  async forget(owner: string, conversationIds: readonly string[] | "all"): Promise<void> {
    const { store } = this.#dependencies;
    await this.#lock.run(owner, () =>
      conversationIds === "all" ? store.forgetOwner(owner) : store.forget(owner, conversationIds),
    );
    await this.#delivery.refresh();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    await this.#lock.idle();
    await this.#delivery.close();
    await this.#upkeep;
    await this.#dependencies.store.close();
  }

  async #withMemory(request: MemoryRequest, askedAt: number): Promise<PreparedMemory> {
    const { owner, mode } = request;
    const { clientOf, settings } = this.#dependencies;
    const deadline = AbortSignal.timeout(settings.timeoutMs);
    const exchange = await this.#found(request, askedAt);
    if (exchange === null) return this.#withoutMemory(request, askedAt);
    const { path } = exchange;
    const dependencies = { ...this.#dependencies, timeoutMs: settings.timeoutMs };
    const prompt = { request, path, client: clientOf(owner), deadline };
    const memory = mode.read ? await promptMemory(dependencies, prompt) : NO_MEMORY;
    const conversationId = mode.write || path.isStored ? path.conversationId : null;
    return {
      blocks: memory.blocks,
      report: this.#report(memory, { askedAt, conversationId }),
      capture: once((answer) => this.#captured(exchange, answer)),
    };
  }

  /** The request goes on at once; that its turns are not to be kept is noted beside it. */
  #withoutMemory(request: MemoryRequest, askedAt: number): PreparedMemory {
    const found = this.#found(request, askedAt).catch((error: unknown) => {
      this.#log("What was said with memory off could not be noted", error);
      return null;
    });
    return {
      blocks: [],
      report: this.#report(NO_MEMORY, { askedAt, conversationId: null }),
      capture: once(async (answer) => {
        const exchange = await found;
        if (exchange !== null) await this.#captured(exchange, answer);
      }),
    };
  }

  /** Null: there is nothing in it that anybody said. */
  #found(request: MemoryRequest, askedAt: number): Promise<OpenExchange | null> {
    return this.#lock.run(request.owner, async () => {
      const { turns, prefill } = historyOf(request.turns);
      if (!turns.some(({ turn }) => turn.role === "user")) return null;
      const path = await this.#finder.find(request.owner, turns, request.conversationId);
      const exchange = { request, path, prefill, askedAt };
      if (!request.mode.write) await this.#capture.skipHistory(exchange);
      return exchange;
    });
  }

  async #captured(exchange: OpenExchange, answer: AnsweredTurns): Promise<void> {
    const { owner, mode } = exchange.request;
    try {
      await this.#lock.run(owner, async () => {
        if (!mode.write) return this.#capture.skipAnswer(exchange, answer);
        this.#delivery.added(await this.#capture.keep(exchange, answer));
      });
    } catch (error) {
      this.#log(`Turns of conversation ${exchange.path.conversationId} could not be kept`, error);
    }
  }

  #report(
    { report }: PromptMemory,
    { askedAt, conversationId }: { askedAt: number; conversationId: string | null },
  ): MemoryReport {
    return { ...report, conversationId, tookMs: this.#fineClock() - askedAt };
  }

  async #begin(): Promise<void> {
    await this.#delivery
      .tryRefusedAgain()
      .then(() => this.#delivery.refresh())
      .catch((error: unknown) => this.#log("What waits for the memory cannot be read", error));
    await this.#keepUp();
  }

  async #keepUp(): Promise<void> {
    try {
      await upkeep(this.#dependencies, this.#stopping.signal);
    } catch (error) {
      this.#log("What the proxy keeps could not be tidied", error);
    }
  }

  #log(what: string, error: unknown): void {
    this.#dependencies.log.error(`${what}: ${errorMessage(error)}`);
  }
}

/** Later calls do nothing and resolve with the first. */
function once(work: (answer: AnsweredTurns) => Promise<void>): PreparedMemory["capture"] {
  let result: Promise<void> | null = null;
  return (answer) => {
    result ??= work(answer);
    return result;
  };
}
