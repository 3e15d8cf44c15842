import {
  type ChatChunk,
  ChatClient,
  type ChatCompletion,
  type ChatRequest,
} from "./chat-client.ts";
import { type ConnectionOptions, connectTo } from "./connection.ts";
import type { AnswerOf, BodyOf } from "./route-table.ts";
import { type CallOptions, Transport } from "./transport.ts";

/** A bridge by itself, as version 1 made its client. */
export interface BridgeClientConfig extends ConnectionOptions {
  /** Address of the bridge, such as http://localhost:5001. */
  baseURL: string;
  /** Version 1's name of `retries`. */
  maxRetries?: number | undefined;
}

export interface CostsQuery {
  /** What to add up by; the provider when absent. */
  by?: "provider" | "model" | "key" | "day" | "user" | undefined;
  /** Whose calls; your own when absent. Another user's, or `*` for everyone's, needs a key with the scope admin. */
  user?: string | undefined;
  /** First day (UTC), such as 2026-11-25. */
  since?: string | undefined;
  /** Last day (UTC). */
  until?: string | undefined;
}

interface EmbeddingWishes {
  /** The configured one when absent. */
  model?: string | undefined;
  /** Where the model can shorten its vectors. */
  dimensions?: number | undefined;
}

const BRIDGE_TIMEOUT_MS = 60_000;

type ProvidersHealth = Extract<AnswerOf<"providersHealth">, { providers: unknown }>;

/** `client.bridge`: any model of any provider, and what they cost. Clients of OpenAI can be pointed at it as well. */
export class BridgeClient extends ChatClient {
  readonly #transport: Transport;

  constructor(config: BridgeClientConfig | Transport) {
    const transport = config instanceof Transport ? config : transportOf(config);
    super(transport);
    this.#transport = transport;
  }

  /** Same as `chat`. */
  complete(request: ChatRequest, options?: CallOptions): Promise<ChatCompletion> {
    return this.chat(request, options);
  }

  /** Same as `stream`. */
  streamComplete(request: ChatRequest, options?: CallOptions): AsyncGenerator<ChatChunk> {
    return this.stream(request, options);
  }

  /** One text, with its model and dimension. */
  embed(
    request: BodyOf<"embed"> & { text: string },
    options?: CallOptions,
  ): Promise<AnswerOf<"embed"> & { embedding: number[] }>;
  /** Vectors in the order of the texts. */
  embed(
    texts: string | readonly string[],
    options?: CallOptions & EmbeddingWishes,
  ): Promise<number[][]>;
  async embed(
    asked: string | readonly string[] | BodyOf<"embed">,
    options: CallOptions & EmbeddingWishes = {},
  ): Promise<number[][] | AnswerOf<"embed">> {
    if (typeof asked === "object" && "text" in asked) {
      return this.#transport.json({ name: "embed", body: asked, options });
    }
    const { model, dimensions, ...call } = options;
    const body = { model, dimensions, input: asked, encoding_format: "float" };
    const answer = await this.#transport.json({ name: "embeddings", body, options: call });
    return [...answer.data]
      .sort((left, right) => left.index - right.index)
      .map(({ embedding }) => embedding as number[]);
  }

  /** Of texts, or of one text: daily when no level is named. */
  summarize(request: BodyOf<"summarize">, options?: CallOptions): Promise<AnswerOf<"summarize">> {
    return this.#transport.json({ name: "summarize", body: request, options });
  }

  /** Names, places, topics and the like in a text. */
  extract(request: BodyOf<"extract">, options?: CallOptions): Promise<AnswerOf<"extract">> {
    return this.#transport.json({ name: "extract", body: request, options });
  }

  /** Importance, 1 to 10. */
  score(request: BodyOf<"score">, options?: CallOptions): Promise<AnswerOf<"score">> {
    return this.#transport.json({ name: "score", body: request, options });
  }

  /** What a request would cost, asked of nobody. */
  estimate(request: BodyOf<"estimate">, options?: CallOptions): Promise<AnswerOf<"estimate">> {
    return this.#transport.json({ name: "estimate", body: request, options });
  }

  /** Whether a provider can be tried; asks none of them. */
  health(options?: CallOptions): Promise<AnswerOf<"bridgeHealth">> {
    return this.#transport.json({ name: "bridgeHealth", accepted: [503], options });
  }

  tasks(options?: CallOptions): Promise<AnswerOf<"tasks">> {
    return this.#transport.json({ name: "tasks", options });
  }

  /** Models by task; a model of two tasks is there twice. */
  models(options?: CallOptions): Promise<AnswerOf<"models">> {
    return this.#transport.json({ name: "models", options });
  }

  /** Which provider and model would serve, and why the others would not. */
  route(request: BodyOf<"route">, options?: CallOptions): Promise<AnswerOf<"route">> {
    return this.#transport.json({ name: "route", body: request, options });
  }

  /** State of every provider; asks none of them. */
  providersHealth(options?: CallOptions): Promise<ProvidersHealth> {
    // Without `format` the bridge answers with the object.
    return this.#transport.json({ name: "providersHealth", options }) as Promise<ProvidersHealth>;
  }

  /** Asks a provider for free; with `test_task` makes one small real call, which may cost money. */
  testProvider(
    request: BodyOf<"testProvider">,
    options?: CallOptions,
  ): Promise<AnswerOf<"testProvider">> {
    return this.#transport.json({ name: "testProvider", body: request, options });
  }

  /** Closes a provider's circuit breakers and forgets that its key was refused. */
  resetProvider(id: string, options?: CallOptions): Promise<AnswerOf<"resetProvider">> {
    return this.#transport.json({ name: "resetProvider", params: { id }, options });
  }

  /** What was spent, and what is left of each budget. */
  costs(query: CostsQuery = {}, options?: CallOptions): Promise<AnswerOf<"costs">> {
    return this.#transport.json({ name: "costs", query: { ...query }, options });
  }
}

/** Models take their time: a minute, as in version 1, when nothing else is said. */
function transportOf({ baseURL, maxRetries, ...connection }: BridgeClientConfig): Transport {
  const retries = connection.retries ?? maxRetries;
  const timeout = connection.timeout ?? BRIDGE_TIMEOUT_MS;
  return connectTo(baseURL, { ...connection, retries, timeout });
}
