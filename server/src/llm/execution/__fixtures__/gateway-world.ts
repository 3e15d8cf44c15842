import type { ChatRequest } from "../../../protocols/openai/chat.ts";
import type { CallOptions } from "../../gateway.ts";
import {
  createModelGateway,
  type GatewaySettings,
  type ModelGatewayDependencies,
  type ReloadableGateway,
} from "../../model-gateway.ts";
import { costOf } from "../../money/estimate.ts";
import { picoFromDollarsPer1k } from "../../money/nano.ts";
import type { ModelSettings, ProviderSetting } from "../../registry/provider-settings.ts";
import type { Budget } from "../execution.ts";
import type { ObservedAnswer, ObservedAttempt } from "../gateway-observer.ts";
import { FakeProvider } from "./fake-provider.ts";
import { VirtualTime } from "./virtual-time.ts";

export function modelOf(changes: Partial<ModelSettings> & { modelId: string }): ModelSettings {
  return {
    task: ["chat_smart"],
    contextWindow: 8192,
    supportsVision: false,
    supportsAudio: false,
    visionCapabilities: { maxImages: 2, maxImageSizeMb: 1, supportedFormats: ["png"] },
    customTags: [],
    providerSpecific: {},
    ...changes,
  };
}

export function providerOf(
  id: string,
  models: ModelSettings[],
  changes: Partial<ProviderSetting> = {},
): ProviderSetting {
  return {
    id,
    providerType: "litellm",
    baseUrl: `http://${id}.test/v1`,
    apiKeys: ["test-key"],
    priority: 1,
    timeoutSecs: 100,
    firstTokenTimeoutSecs: 10,
    headers: {},
    providerSpecific: {},
    models,
    ...changes,
  };
}

/** Providers a, b, c with a chat model each, in this order. */
export function threeProviders(): ProviderSetting[] {
  return ["a", "b", "c"].map((id, index) =>
    providerOf(id, [modelOf({ modelId: `${id}-chat` })], { priority: index + 1 }),
  );
}

export function settingsOf(
  providers: ProviderSetting[],
  routing: Partial<GatewaySettings["routing"]> = {},
): GatewaySettings {
  return {
    llmProviders: providers,
    defaultModels: {},
    routing: {
      enableFallback: true,
      strategy: "priority",
      requireVisionForImages: true,
      preferFreeProviders: false,
      providers: [],
      commit: "first_token",
      circuitBreaker: {
        failureThreshold: 3,
        timeoutSecs: 60,
        successThreshold: 2,
        halfOpenRequests: 1,
      },
      ...routing,
    },
  };
}

/** Counts what is set aside and what was spent. */
export class FakeBudget implements Budget {
  held = 0;
  settled = 0;
  released = 0;
  spent = 0n;
  refuses = new Set<string>();

  reserve({ candidate }: Parameters<Budget["reserve"]>[0]): ReturnType<Budget["reserve"]> {
    if (this.refuses.has(candidate.provider.id)) return { refused: "The day's budget is spent." };
    this.held += 1;
    let isOpen = true;
    const end = (count: () => void) => {
      if (!isOpen) throw new Error("A reservation ended twice");
      isOpen = false;
      this.held -= 1;
      count();
    };
    return {
      reservation: {
        estimate: candidate.estimate,
        settle: (usage) => {
          const { cost } = costOf(candidate.model.prices, usage);
          end(() => {
            this.settled += 1;
            this.spent += cost ?? 0n;
          });
          return cost;
        },
        release: () =>
          end(() => {
            this.released += 1;
          }),
      },
    };
  }
}

/** A gateway over fake providers in virtual time. */
export class GatewayWorld {
  readonly time = new VirtualTime();
  readonly budget = new FakeBudget();
  readonly attempts: ObservedAttempt[] = [];
  readonly answers: ObservedAnswer[] = [];
  readonly refusals: string[] = [];
  readonly gateway: ReloadableGateway;
  readonly #providers = new Map<string, FakeProvider[]>();

  constructor(settings: GatewaySettings, changes: Partial<ModelGatewayDependencies> = {}) {
    const price = picoFromDollarsPer1k(0.001);
    this.gateway = createModelGateway({
      settings,
      createProvider: ({ id }) => this.#create(id),
      prices: () => ({
        input: price,
        output: price,
        cachedInput: null,
        cacheWrite: null,
        source: "config",
      }),
      budget: this.budget,
      budgetRefusal: () => null,
      prepareImages: async (request) => request,
      observer: {
        attempt: (attempt) => this.attempts.push(attempt),
        answered: (answer) => this.answers.push(answer),
        refused: ({ code }) => this.refusals.push(code),
      },
      clock: this.time.clock,
      now: this.time.clock,
      setTimer: this.time.setTimer,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      ...changes,
    });
  }

  /** The newest client of a provider; before a reload there is one. */
  provider(id: string, generation = -1): FakeProvider {
    const found = this.#providers.get(id)?.at(generation);
    if (found === undefined) throw new Error(`No provider ${id}`);
    return found;
  }

  #create(id: string): FakeProvider {
    const provider = new FakeProvider();
    this.#providers.set(id, [...(this.#providers.get(id) ?? []), provider]);
    return provider;
  }

  /** Whether everything that attempts hold was given back. */
  get held() {
    return {
      money: this.budget.held,
      timers: this.time.pending,
      streams: [...this.#providers.values()].flat().reduce((sum, { open }) => sum + open, 0),
    };
  }
}

export const NOTHING_HELD = { money: 0, timers: 0, streams: 0 };

export function ask(changes: Partial<ChatRequest> = {}): ChatRequest {
  return { messages: [{ role: "user", content: "Hello" }], max_tokens: 100, ...changes };
}

export function options(changes: Partial<CallOptions> = {}): CallOptions {
  return {
    owner: "local",
    keyId: undefined,
    signal: new AbortController().signal,
    task: undefined,
    maxCost: undefined,
    localCaller: false,
    ...changes,
  };
}

function quiet(): void {
  // What is logged is not looked at here.
}
