import { asRecord, asRecords, asText, type JsonRecord } from "../../../protocols/loose-json.ts";
import { parseNdjson } from "../../../protocols/ndjson.ts";
import { fromOllamaChat } from "../../../protocols/ollama/provider-answer.ts";
import { type OllamaCallOptions, toOllamaChat } from "../../../protocols/ollama/provider-chat.ts";
import { fromOllamaChunks } from "../../../protocols/ollama/provider-chunks.ts";
import { fromOllamaEmbed, toOllamaEmbed } from "../../../protocols/ollama/provider-embed.ts";
import type { ChatRequest, ChatResponse } from "../../../protocols/openai/chat.ts";
import type {
  EmbeddingAnswer,
  EmbeddingCall,
  ProbeResult,
  Provider,
  ProviderAnswer,
  ProviderCall,
  StreamEvent,
} from "../../provider.ts";
import type { ModelEntry, ProviderEntry } from "../../registry/entries.ts";
import { checkedVectors } from "../checked-vectors.ts";
import { bearer, HeaderSets } from "../header-sets.ts";
import { createCompatibleProvider } from "../openai/compatible-provider.ts";
import { ProviderLink } from "../provider-link.ts";
import { translatedEvents } from "../translated-events.ts";
import { requireAnswer } from "../whole-answer.ts";
import { refuseCutPrompt, refuseHopelessPrompt } from "./context-check.ts";
import { ollamaComplaint } from "./ollama-errors.ts";

export interface OllamaDependencies {
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Unique ids, for answers: Ollama gives none. */
  newId: () => string;
}

/** One machine's worth of work; more only queues inside Ollama, where nobody sees it. */
const DEFAULT_CONCURRENCY = 4;
const KEY_VARIABLE = "OLLAMA_API_KEY";

/**
 * Ollama by its native API, which alone takes a context window. `provider_specific: {api: v1}` uses its OpenAI-compatible
 * one; `provider_specific: {options: {…}}` of provider or model are Ollama's own options, such as num_gpu.
 */
export function createOllamaProvider(
  entry: ProviderEntry,
  dependencies: OllamaDependencies,
): Provider {
  const baseUrl = entry.baseUrl.replace(/\/(?:v1|api)\/?$/, "");
  if (entry.options.api !== "v1") return new OllamaProvider({ ...entry, baseUrl }, dependencies);
  return createCompatibleProvider(
    { ...entry, baseUrl },
    {
      keyVariable: KEY_VARIABLE,
      complain: ollamaComplaint,
      modelsOptional: false,
      maxConcurrency: DEFAULT_CONCURRENCY,
    },
    dependencies.clock,
  );
}

class OllamaProvider implements Provider {
  readonly #entry: ProviderEntry;
  readonly #link: ProviderLink;
  readonly #dependencies: OllamaDependencies;

  constructor(entry: ProviderEntry, dependencies: OllamaDependencies) {
    this.#entry = entry;
    this.#dependencies = dependencies;
    this.#link = new ProviderLink({
      entry,
      baseUrl: entry.baseUrl,
      maxConcurrency: entry.maxConcurrency ?? DEFAULT_CONCURRENCY,
      headers: new HeaderSets(entry.headers, bearer),
      keyVariable: KEY_VARIABLE,
      complain: ollamaComplaint,
      clock: dependencies.clock,
    });
  }

  async chat(request: ChatRequest, call: ProviderCall): Promise<ProviderAnswer<ChatResponse>> {
    try {
      const body = this.#chatBody({ ...request, stream: false }, call.model);
      const answer = await this.#link.postForJson("/api/chat", body, call);
      const response = fromOllamaChat(answer.body, this.#identity());
      refuseCutPrompt(response.usage, call.model);
      requireAnswer(response, call.model);
      return { body: response, raw: undefined };
    } catch (error) {
      throw this.#link.failureOf(error, call);
    }
  }

  async stream(request: ChatRequest, call: ProviderCall): Promise<AsyncIterable<StreamEvent>> {
    try {
      const body = this.#chatBody({ ...request, stream: true }, call.model);
      const answer = await this.#link.post("/api/chat", body, call);
      const chunks = fromOllamaChunks(parseNdjson(answer.bytes), this.#identity());
      return translatedEvents({
        answer,
        chunks,
        link: this.#link,
        call,
        check: ({ usage }) => refuseCutPrompt(usage, call.model),
      });
    } catch (error) {
      throw this.#link.failureOf(error, call);
    }
  }

  async embed({ texts, dimensions }: EmbeddingCall, call: ProviderCall): Promise<EmbeddingAnswer> {
    const { model } = call;
    try {
      const request = toOllamaEmbed(texts, { ...this.#callOptions(model), dimensions });
      const answer = await this.#link.postForJson("/api/embed", JSON.stringify(request), call);
      const { vectors, model: name, promptTokens } = fromOllamaEmbed(answer.body);
      const dimension = dimensions ?? model.dimension;
      return {
        vectors: checkedVectors(vectors, { target: model, count: texts.length, dimension }),
        model: name === "" ? model.modelId : name,
        usage: { prompt_tokens: promptTokens, completion_tokens: 0, total_tokens: promptTokens },
      };
    } catch (error) {
      throw this.#link.failureOf(error, call);
    }
  }

  async probe(call: Omit<ProviderCall, "model">): Promise<ProbeResult> {
    return await this.#link.probe("/api/tags", call, { ids: taggedNames });
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  /** `truncate` and `shift` are Ollama's, undocumented: an error, or an end, instead of a silent cut. */
  #chatBody(request: ChatRequest, model: ModelEntry): string {
    refuseHopelessPrompt(request, model);
    const body = toOllamaChat(request, this.#callOptions(model));
    return JSON.stringify({ ...body, truncate: false, shift: false });
  }

  #callOptions(model: ModelEntry): OllamaCallOptions {
    return {
      model: model.modelId,
      contextWindow: model.contextWindow,
      keepAlive: this.#entry.keepAlive,
      extra: { ...asRecord(this.#entry.options.options), ...asRecord(model.options.options) },
    };
  }

  #identity(): { id: string; created: number } {
    const { clock, newId } = this.#dependencies;
    return { id: `chatcmpl-${newId()}`, created: Math.floor(clock() / 1000) };
  }
}

function taggedNames(body: JsonRecord): string[] | undefined {
  if (!Array.isArray(body.models)) return undefined;
  return asRecords(body.models).flatMap(({ name, model }) => asText(name) ?? asText(model) ?? []);
}
