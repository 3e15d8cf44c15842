import { asRecords, asText, type JsonRecord } from "../../../protocols/loose-json.ts";
import type { ChatRequest, ChatResponse, Usage } from "../../../protocols/openai/chat.ts";
import { readEmbedding } from "../../../protocols/openai/embedding-values.ts";
import type { EmbeddingResponse } from "../../../protocols/openai/embeddings.ts";
import { chunksOf } from "../../../protocols/openai/response-chunks.ts";
import type {
  EmbeddingAnswer,
  EmbeddingCall,
  ProbeResult,
  Provider,
  ProviderAnswer,
  ProviderCall,
  StreamEvent,
} from "../../provider.ts";
import type { ProviderEntry } from "../../registry/entries.ts";
import { checkedVectors } from "../checked-vectors.ts";
import { bearer, HeaderSets } from "../header-sets.ts";
import { ProviderLink } from "../provider-link.ts";
import type { Complain } from "../reported-error.ts";
import { requireAnswer } from "../whole-answer.ts";
import { type CompatibleOptions, compatibleOptions } from "./compatible-options.ts";
import { openAiEvents } from "./openai-events.ts";

/** In what providers of OpenAI's format differ. */
export interface CompatibleDialect {
  keyVariable: string | undefined;
  complain: Complain;
  /** Whether a server without `/models` is well all the same. */
  modelsOptional: boolean;
  /** Headers of this provider alone, under the configured ones. */
  headers?: Readonly<Record<string, string>>;
  maxConcurrency?: number | undefined;
}

/** A provider of OpenAI's format. Requests and answers pass as they are; nothing is translated. */
export function createCompatibleProvider(
  entry: ProviderEntry,
  dialect: CompatibleDialect,
  clock: () => number,
): Provider {
  return new CompatibleProvider(entry, dialect, clock);
}

class CompatibleProvider implements Provider {
  readonly #link: ProviderLink;
  readonly #entry: ProviderEntry;
  readonly #modelsOptional: boolean;

  constructor(entry: ProviderEntry, dialect: CompatibleDialect, clock: () => number) {
    const { keyVariable, complain, modelsOptional, headers, maxConcurrency } = dialect;
    this.#entry = entry;
    this.#modelsOptional = modelsOptional;
    this.#link = new ProviderLink({
      entry,
      baseUrl: versionedUrl(entry.baseUrl),
      maxConcurrency: entry.maxConcurrency ?? maxConcurrency,
      headers: new HeaderSets({ ...headers, ...entry.headers }, bearer),
      keyVariable,
      complain,
      clock,
    });
  }

  async chat(request: ChatRequest, call: ProviderCall): Promise<ProviderAnswer<ChatResponse>> {
    const body = JSON.stringify(wholeRequest(request, call.model.modelId));
    const answer = await this.#link.postForJson("/chat/completions", body, call);
    requireAnswer(answer.body, call.model);
    return { body: answer.body as JsonRecord & ChatResponse, raw: answer.raw };
  }

  async stream(request: ChatRequest, call: ProviderCall): Promise<AsyncIterable<StreamEvent>> {
    const options = compatibleOptions(this.#entry, call.model);
    const body = JSON.stringify(streamRequest(request, call.model.modelId, options));
    const answer = await this.#link.postForEventsOrJson("/chat/completions", body, call);
    if (!("raw" in answer)) {
      return openAiEvents({ answer, link: this.#link, call, choices: request.n ?? 1 });
    }
    requireAnswer(answer.body, call.model);
    return eventsOf(answer.body as JsonRecord & ChatResponse);
  }

  async embed({ texts, dimensions }: EmbeddingCall, call: ProviderCall): Promise<EmbeddingAnswer> {
    const { encodingFormat } = compatibleOptions(this.#entry, call.model);
    const body = JSON.stringify({
      model: call.model.modelId,
      input: texts,
      encoding_format: encodingFormat,
      ...(dimensions === undefined ? {} : { dimensions }),
    });
    const answer = await this.#link.postForJson("/embeddings", body, call);
    try {
      return readEmbeddings(answer.body, { texts, dimensions, call });
    } catch (error) {
      throw this.#link.failureOf(error, call);
    }
  }

  async probe(call: Omit<ProviderCall, "model">): Promise<ProbeResult> {
    return await this.#link.probe("/models", call, {
      ids: listedIds,
      optional: this.#modelsOptional,
    });
  }

  async close(): Promise<void> {
    await this.#link.close();
  }
}

/** With the path that says the version: `/v1`, unless the URL has one (`/api/v1`, `/v1beta/openai`). */
export function versionedUrl(baseUrl: string): string {
  const url = new URL(baseUrl);
  const isVersioned = url.pathname.split("/").some((part) => /^v\d/.test(part));
  return isVersioned ? baseUrl : `${baseUrl.replace(/\/+$/, "")}/v1`;
}

/** Of a server that does not stream: its whole answer as the stream that it could have been. */
async function* eventsOf(answer: ChatResponse): AsyncGenerator<StreamEvent, void, undefined> {
  for (const chunk of chunksOf(answer)) yield { chunk, data: JSON.stringify(chunk) };
}

function wholeRequest(request: ChatRequest, model: string): ChatRequest {
  if (!request.stream) return { ...request, model };
  const { stream: _, stream_options: __, ...whole } = request;
  return { ...whole, messages: request.messages, model };
}

function streamRequest(
  request: ChatRequest,
  model: string,
  { streamOptions }: CompatibleOptions,
): ChatRequest {
  if (streamOptions) {
    const stream_options = { ...request.stream_options, include_usage: true };
    return { ...request, model, stream: true, stream_options };
  }
  const { stream_options: _, ...rest } = request;
  return { ...rest, messages: request.messages, model, stream: true };
}

interface Asked extends EmbeddingCall {
  call: ProviderCall;
}

/** Order is by `index`; servers that leave it out answer in order. */
function readEmbeddings(body: JsonRecord, { texts, dimensions, call }: Asked): EmbeddingAnswer {
  const { model } = call;
  const vectors = new Array<Float32Array | undefined>(texts.length).fill(undefined);
  asRecords(body.data).forEach(({ index, embedding }, position) => {
    const at = typeof index === "number" ? index : position;
    vectors[at] = readEmbedding(embedding as EmbeddingResponse["data"][number]["embedding"]);
  });
  return {
    vectors: checkedVectors(vectors, {
      target: model,
      count: texts.length,
      dimension: dimensions ?? model.dimension,
    }),
    model: asText(body.model) ?? model.modelId,
    usage: usageOf(body.usage),
  };
}

function usageOf(usage: unknown): Usage {
  const { prompt_tokens, total_tokens, cost } = (usage ?? {}) as Partial<
    EmbeddingResponse["usage"]
  >;
  const prompt = prompt_tokens ?? total_tokens ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: 0,
    total_tokens: total_tokens ?? prompt,
    ...(cost === undefined ? {} : { cost }),
  };
}

/** A server may list nothing that can be read; then it does not say. */
function listedIds(body: JsonRecord): string[] | undefined {
  if (!Array.isArray(body.data)) return undefined;
  return asRecords(body.data).flatMap(({ id }) => asText(id) ?? []);
}
