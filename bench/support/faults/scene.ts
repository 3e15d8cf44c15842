import type { CostsOutput } from "@sekha/sdk/contract";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../../../test/support/scripted-provider/scripted-provider.ts";
import { type Bridge, startBridge } from "../bridge.ts";
import { type Judgement, judgeAnswer } from "./judgement.ts";
import { type Observation, observe, type Question } from "./observation.ts";

export type Commit = "first_token" | "complete";
export type PrimaryType = "openai" | "anthropic" | "ollama" | "openrouter" | "litellm";

export interface SceneOptions {
  commit: Commit;
  /** How long a second of a fault lasts, 1 for real time; timers shrink with it. */
  scale: number;
  /** The protocol of the provider that fails; the one behind it speaks OpenAI's. */
  type: PrimaryType;
}

export const KEYS = ["test-key-1", "test-key-2"] as const;
export const ALPHA = "alpha-model";
export const BETA = "beta-model";
/** Its host does not exist (RFC 2606). */
export const NOWHERE = "nowhere-model";

/** Nano-dollars for a token of the fallback, and its tokens: known exactly, so that costs can be. */
export const BETA_PRICE = { input: 2000, cached: 1000, output: 4000 };
export const BETA_USAGE = { prompt: 100, cached: 40 };
export const WORDS = 60;

const words = (letter: string) => Array.from({ length: WORDS }, (_, at) => ` ${letter}${at + 1}`);
/** No fault lasts longer than a minute of its own time. */
const DEADLINE_SECONDS = 75;
const LEAST_DEADLINE_MS = 15_000;

/** A primary provider A, a healthy fallback B, and the real bridge before them. */
export class Scene {
  readonly options: SceneOptions;
  readonly a: ScriptedProvider;
  readonly b: ScriptedProvider;
  readonly bridge: Bridge;
  readonly right = new Map([
    [ALPHA, words("a").join("")],
    [BETA, words("b").join("")],
  ]);

  private constructor(parts: {
    options: SceneOptions;
    a: ScriptedProvider;
    b: ScriptedProvider;
    bridge: Bridge;
  }) {
    this.options = parts.options;
    this.a = parts.a;
    this.b = parts.b;
    this.bridge = parts.bridge;
  }

  static async start(options: SceneOptions): Promise<Scene> {
    const a = await startScriptedProvider({ tokens: words("a") });
    const b = await startScriptedProvider({ tokens: words("b"), usage: BETA_USAGE });
    try {
      const bridge = await startBridge(configuration(options, a.origin, b.origin));
      return new Scene({ options, a, b, bridge });
    } catch (error) {
      await Promise.all([a.stop(), b.stop()]);
      throw error;
    }
  }

  /** Milliseconds that so many seconds of a fault last here. */
  seconds(count: number): number {
    return count * 1000 * this.options.scale;
  }

  ask(change: Partial<Question> = {}): Promise<Observation> {
    return observe({
      url: this.bridge.url,
      stream: true,
      model: ALPHA,
      deadlineMs: Math.max(LEAST_DEADLINE_MS, this.seconds(DEADLINE_SECONDS)),
      ...change,
    });
  }

  async judged(change: Partial<Question> = {}): Promise<Judgement> {
    return judgeAnswer(await this.ask(change), this.right);
  }

  /** Everything as at the start: faults, breakers, what is known of keys, the clock. */
  async reset(): Promise<void> {
    await Promise.all([this.a.clear(), this.b.clear(), this.bridge.jumpClock(0)]);
    for (const id of ["a", "b", "nowhere"]) {
      const answer = await fetch(`${this.bridge.url}/api/v1/providers/${id}/reset`, {
        method: "POST",
      });
      await answer.text();
      if (!answer.ok) throw new Error(`Resetting ${id} failed with ${answer.status}`);
    }
  }

  async costsByModel(): Promise<CostsOutput["costs"]> {
    const answer = await fetch(`${this.bridge.url}/api/v1/costs?by=model`);
    return ((await answer.json()) as CostsOutput).costs;
  }

  async stop(): Promise<void> {
    await this.bridge.stop();
    await Promise.all([this.a.stop(), this.b.stop()]);
  }
}

function configuration({ commit, scale, type }: SceneOptions, a: string, b: string) {
  const timers = {
    timeout_secs: 120 * scale,
    connect_timeout_secs: Math.max(0.2, 2 * scale),
    headers_timeout_secs: 8 * scale,
    first_token_timeout_secs: 8 * scale,
    chunk_timeout_secs: 10 * scale,
  };
  const chat = { task: "chat_smart", supports_vision: false };
  return {
    llm_providers: [
      {
        id: "a",
        provider_type: type,
        base_url: `${a}${PATHS[type]}`,
        api_keys: KEYS,
        priority: 1,
        ...timers,
        // Local providers get further time to load a model.
        cold_start_timeout_secs: 2 * scale,
        models: [
          { ...chat, ...price({ input: 1000, cached: 500, output: 2000 }), model_id: ALPHA },
        ],
      },
      {
        id: "b",
        provider_type: "openai",
        base_url: `${b}/v1`,
        api_key: "test-key-b",
        priority: 2,
        ...timers,
        models: [{ ...chat, ...price(BETA_PRICE), model_id: BETA, context_window: 128_000 }],
      },
      {
        id: "nowhere",
        provider_type: "litellm",
        base_url: "http://nowhere.invalid/v1",
        priority: 100,
        free: true,
        ...timers,
        models: [{ ...chat, model_id: NOWHERE }],
      },
    ],
    default_models: { chat_smart: ALPHA },
    routing: { commit, circuit_breaker: { timeout_secs: BREAKER_SECONDS * scale } },
  };
}

/** How long an open breaker stays so. */
export const BREAKER_SECONDS = 10;

const PATHS: Record<PrimaryType, string> = {
  openai: "/v1",
  litellm: "/v1",
  openrouter: "/api/v1",
  anthropic: "",
  ollama: "",
};

/** From nano-dollars a token to the configuration's dollars for a thousand. */
function price({ input, cached, output }: typeof BETA_PRICE) {
  return {
    cost_per_1k_input: input / 1e6,
    cost_per_1k_cached_input: cached / 1e6,
    cost_per_1k_output: output / 1e6,
  };
}
