import { fromAnthropicEvents } from "../../../protocols/anthropic/provider-events.ts";
import { fromAnthropicMessage } from "../../../protocols/anthropic/provider-message.ts";
import { toAnthropicRequest } from "../../../protocols/anthropic/provider-request.ts";
import { ANTHROPIC_VERSION } from "../../../protocols/anthropic/wire.ts";
import { asRecords, asText, type JsonRecord } from "../../../protocols/loose-json.ts";
import type { ChatRequest, ChatResponse } from "../../../protocols/openai/chat.ts";
import { parseSse } from "../../../protocols/sse.ts";
import { ProviderFailure } from "../../failure.ts";
import type {
  EmbeddingAnswer,
  EmbeddingCall,
  ProbeResult,
  Provider,
  ProviderAnswer,
  ProviderCall,
  StreamEvent,
} from "../../provider.ts";
import { ANTHROPIC_OUTPUT_TOKENS, type ProviderEntry } from "../../registry/entries.ts";
import { targetName } from "../../transport/call-target.ts";
import { HeaderSets } from "../header-sets.ts";
import { ProviderLink } from "../provider-link.ts";
import { translatedEvents } from "../translated-events.ts";
import { requireAnswer } from "../whole-answer.ts";
import { anthropicComplaint } from "./anthropic-errors.ts";

/** Anthropic's Messages API. */
export function createAnthropicProvider(entry: ProviderEntry, clock: () => number): Provider {
  return new AnthropicProvider(entry, clock);
}

class AnthropicProvider implements Provider {
  readonly #link: ProviderLink;
  readonly #clock: () => number;

  constructor(entry: ProviderEntry, clock: () => number) {
    this.#clock = clock;
    this.#link = new ProviderLink({
      entry,
      baseUrl: entry.baseUrl.replace(/\/v1\/?$/, ""),
      maxConcurrency: entry.maxConcurrency,
      headers: new HeaderSets(
        { "anthropic-version": ANTHROPIC_VERSION, ...entry.headers },
        (apiKey) => ({ "x-api-key": apiKey }),
      ),
      keyVariable: "ANTHROPIC_API_KEY",
      complain: anthropicComplaint,
      clock,
    });
  }

  async chat(request: ChatRequest, call: ProviderCall): Promise<ProviderAnswer<ChatResponse>> {
    try {
      const body = this.#body({ ...request, stream: false }, call);
      const answer = await this.#link.postForJson("/v1/messages", body, call);
      const response = fromAnthropicMessage(answer.body, { created: this.#created() });
      requireAnswer(response, call.model);
      return { body: response, raw: undefined };
    } catch (error) {
      throw this.#link.failureOf(error, call);
    }
  }

  async stream(request: ChatRequest, call: ProviderCall): Promise<AsyncIterable<StreamEvent>> {
    try {
      const body = this.#body({ ...request, stream: true }, call);
      const answer = await this.#link.postForEvents("/v1/messages", body, call);
      const events = parseSse(answer.bytes);
      const chunks = fromAnthropicEvents(events, { created: this.#created() });
      return translatedEvents({ answer, chunks, link: this.#link, call });
    } catch (error) {
      throw this.#link.failureOf(error, call);
    }
  }

  embed(_: EmbeddingCall, { model }: ProviderCall): Promise<EmbeddingAnswer> {
    return Promise.reject(
      new ProviderFailure(
        "unsupported",
        `Anthropic offers no embeddings; ${targetName(model)} cannot have the task embedding.`,
      ),
    );
  }

  async probe(call: Omit<ProviderCall, "model">): Promise<ProbeResult> {
    return await this.#link.probe("/v1/models?limit=1000", call, { ids: listedIds });
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  #body(request: ChatRequest, { model }: ProviderCall): string {
    const maxTokens = model.maxOutputTokens ?? ANTHROPIC_OUTPUT_TOKENS;
    return JSON.stringify(toAnthropicRequest(request, { model: model.modelId, maxTokens }));
  }

  /** Seconds. */
  #created(): number {
    return Math.floor(this.#clock() / 1000);
  }
}

function listedIds(body: JsonRecord): string[] | undefined {
  if (!Array.isArray(body.data)) return undefined;
  return asRecords(body.data).flatMap(({ id }) => asText(id) ?? []);
}
