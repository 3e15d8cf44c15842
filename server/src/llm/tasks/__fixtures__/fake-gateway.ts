import type { ChatRequest, FinishReason } from "../../../protocols/openai/chat.ts";
import type { CallOptions, ChatOutcome, Gateway, ServedBy } from "../../gateway.ts";
import type { ModelEntry, ProviderEntry } from "../../registry/entries.ts";

interface ScriptedAnswer {
  content: string;
  finish?: FinishReason;
  /** null: the provider said nothing of usage. */
  tokens?: number | null;
  /** Nano-US-dollars. */
  cost?: bigint | null;
}

export type Script = (
  request: ChatRequest,
  options: CallOptions,
) => string | ScriptedAnswer | Promise<string | ScriptedAnswer>;

export interface FakeGateway {
  gateway: Gateway;
  asked: { request: ChatRequest; options: CallOptions }[];
}

const timers = {
  connectMs: 1,
  headersMs: 1,
  firstTokenMs: 1,
  chunkMs: 1,
  totalMs: 1,
  coldStartMs: 0,
};

export function modelEntry(change: Partial<ModelEntry> = {}): ModelEntry {
  return {
    providerId: "near",
    modelId: "small-model",
    tasks: ["chat_small"],
    contextWindow: 8192,
    maxOutputTokens: undefined,
    dimension: undefined,
    supportsVision: false,
    supportsAudio: false,
    supportsTools: undefined,
    vision: { maxImages: 1, maxImageBytes: 1, formats: [] },
    tags: [],
    timers,
    prices: { input: 0n, output: 0n, cachedInput: 0n, cacheWrite: 0n, source: "free" },
    free: true,
    options: {},
    ...change,
  };
}

/** A gateway whose one model answers by a script. */
export function fakeGateway(script: Script, models: ModelEntry[] = [modelEntry()]): FakeGateway {
  const asked: FakeGateway["asked"] = [];
  const fails = () => {
    throw new Error("not part of this fake");
  };
  const gateway: Gateway = {
    plan: (request) => {
      const accepted = models.map((model) => ({
        provider: providerEntry(models),
        model,
        task: request.task,
        estimate: 0n,
        refusal: null,
        reason: "",
      }));
      return { request, candidates: accepted, accepted };
    },
    chat: async (request, options) => {
      asked.push({ request, options });
      return outcomeOf(await script(request, options), models[0] ?? modelEntry());
    },
    models: () => models,
    stream: fails,
    embed: fails,
    providers: fails,
    defaultModel: fails,
    health: fails,
    probe: fails,
    reset: fails,
    close: fails,
  };
  return { gateway, asked };
}

export function callOptions(change: Partial<CallOptions> = {}): CallOptions {
  return {
    owner: "local",
    keyId: "key",
    signal: new AbortController().signal,
    task: undefined,
    maxCost: undefined,
    localCaller: false,
    ...change,
  };
}

/** The last user message: what the task asked. */
export function promptOf({ messages }: ChatRequest): string {
  const content = messages.findLast(({ role }) => role === "user")?.content;
  return typeof content === "string" ? content : "";
}

export function servedBy(model: ModelEntry): ServedBy {
  return {
    providerId: model.providerId,
    providerType: "ollama",
    modelId: model.modelId,
    task: "chat_small",
    requestedTask: "chat_small",
    reason: "",
    attempts: [],
    estimate: 0n,
  };
}

function outcomeOf(answer: string | ScriptedAnswer, model: ModelEntry): ChatOutcome {
  const {
    content,
    finish = "stop",
    tokens = 10,
    cost = 0n,
  } = typeof answer === "string" ? { content: answer } : answer;
  const usage =
    tokens === null
      ? null
      : { prompt_tokens: tokens - 1, completion_tokens: 1, total_tokens: tokens };
  return {
    body: {
      id: "1",
      object: "chat.completion",
      created: 0,
      model: model.modelId,
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finish }],
      usage,
    },
    raw: undefined,
    served: servedBy(model),
    usage,
    cost,
    overheadMs: 0,
  };
}

function providerEntry(models: readonly ModelEntry[]): ProviderEntry {
  return {
    id: "near",
    type: "ollama",
    baseUrl: "http://localhost:1",
    apiKeys: [],
    priority: 1,
    maxConcurrency: undefined,
    region: undefined,
    headers: {},
    keepAlive: undefined,
    options: {},
    models,
  };
}
