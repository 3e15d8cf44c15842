import type {
  ChatChunk,
  ChatRequest,
  ChatResponse,
  Usage,
} from "../../../protocols/openai/chat.ts";
import { type FailureCategory, ProviderFailure } from "../../failure.ts";
import type {
  EmbeddingAnswer,
  ProbeResult,
  Provider,
  ProviderAnswer,
  ProviderCall,
  StreamEvent,
} from "../../provider.ts";

/** What a fake provider does with one call. `deaf`: it ignores its signal. */
export type Act =
  | { kind: "answer"; text?: string; body?: Partial<ChatResponse>; usage?: Usage | null }
  | { kind: "fail"; failure: ProviderFailure | Error }
  | { kind: "hang"; deaf?: boolean }
  | { kind: "stream"; chunks: ChatChunk[]; end?: ProviderFailure | "hang" | "done"; deaf?: boolean }
  | { kind: "vectors"; vectors: number[][] };

export const USAGE: Usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

export function failing(
  category: FailureCategory,
  details: ConstructorParameters<typeof ProviderFailure>[2] = {},
): Act {
  return { kind: "fail", failure: new ProviderFailure(category, `It says ${category}.`, details) };
}

export function chunk(
  delta: ChatChunk["choices"][number]["delta"],
  finish: ChatChunk["choices"][number]["finish_reason"] = null,
): ChatChunk {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices };
}

export function usageChunk(usage: Usage = USAGE): ChatChunk {
  return { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [], usage };
}

/** Role, two tokens, end, usage. */
export const GOOD_STREAM: ChatChunk[] = [
  chunk({ role: "assistant", content: "" }),
  chunk({ content: "Hel" }),
  chunk({ content: "lo" }),
  chunk({}, "stop"),
  usageChunk(),
];

/** Does what it was told, the last act for ever; counts what is under way. */
export class FakeProvider implements Provider {
  readonly calls: ProviderCall[] = [];
  readonly requests: ChatRequest[] = [];
  /** Streams that are neither read to their end nor left. */
  open = 0;
  closed = false;
  probeResult: ProbeResult = { ok: true, models: [], latencyMs: 1, error: undefined };
  #acts: Act[] = [{ kind: "answer" }];

  does(...acts: Act[]): this {
    this.#acts = acts;
    return this;
  }

  async chat(request: ChatRequest, call: ProviderCall): Promise<ProviderAnswer<ChatResponse>> {
    this.requests.push(request);
    const act = await this.#act(call);
    if (act.kind !== "answer") throw new Error(`Cannot ${act.kind} a whole chat`);
    return { body: bodyOf(act, call), raw: undefined };
  }

  async stream(request: ChatRequest, call: ProviderCall): Promise<AsyncIterable<StreamEvent>> {
    this.requests.push(request);
    const act = await this.#act(call);
    if (act.kind !== "stream") throw new Error(`Cannot ${act.kind} a stream`);
    return this.#events(act, call);
  }

  async embed(_: unknown, call: ProviderCall): Promise<EmbeddingAnswer> {
    const act = await this.#act(call);
    if (act.kind !== "vectors") throw new Error(`Cannot ${act.kind} vectors`);
    const vectors = act.vectors.map((vector) => Float32Array.from(vector));
    return { vectors, model: call.model.modelId, usage: { ...USAGE, completion_tokens: 0 } };
  }

  async probe(): Promise<ProbeResult> {
    return this.probeResult;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  async #act(call: ProviderCall): Promise<Act> {
    this.calls.push(call);
    const act = this.#acts.length > 1 ? this.#acts.shift() : this.#acts[0];
    if (act === undefined) throw new Error("Nothing to do");
    if (act.kind === "fail") throw act.failure;
    if (act.kind === "hang") await hang(act.deaf ? undefined : call.signal);
    return act;
  }

  async *#events(
    { chunks, end = "done", deaf = false }: Extract<Act, { kind: "stream" }>,
    call: ProviderCall,
  ): AsyncGenerator<StreamEvent> {
    this.open += 1;
    try {
      for (const one of chunks) yield { chunk: one, data: JSON.stringify(one) };
      if (end === "hang") await hang(deaf ? undefined : call.signal);
      else if (end !== "done") throw end;
    } finally {
      this.open -= 1;
    }
  }
}

function bodyOf(act: Extract<Act, { kind: "answer" }>, call: ProviderCall): ChatResponse {
  const message = { role: "assistant" as const, content: act.text ?? "Hello" };
  return {
    id: "a",
    object: "chat.completion",
    created: 1,
    model: call.model.modelId,
    choices: [{ index: 0, message, finish_reason: "stop" }],
    ...(act.usage === null ? {} : { usage: act.usage ?? USAGE }),
    ...act.body,
  };
}

function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
