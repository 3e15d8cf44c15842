import { LOCAL_OWNER, type Owner } from "../../core/conversations/conversation.ts";
import { isSekhaError, SekhaError } from "../../core/errors.ts";
import type {
  EmbeddedChunk,
  EmbeddingModel,
  EmbeddingModelIdentity,
} from "../../core/ports/embedding-model.ts";
import { TextBatches } from "./text-batches.ts";
import { piecesOf } from "./text-pieces.ts";

/** Where the vectors come from: the router of this process, or a bridge in another. */
export type EmbedRequest = (
  request: {
    texts: readonly string[];
    model: string;
    /** Unknown before the first answer. */
    dimension: number | undefined;
    /** Whose spending it is. */
    owner: Owner;
  },
  signal: AbortSignal,
) => Promise<Float32Array[]>;

interface RoutedModelOptions {
  modelId: string;
  /** From the configuration, or from vectors that were stored; undefined: found with the first text. */
  dimension: number | undefined;
  /** Tokens. */
  contextWindow: number;
  embed: EmbedRequest;
}

/** A piece of a message; longer ones say less of any one thing in them. */
const PIECE_TOKENS = 512;
/** UTF-8 bytes that are a token at most (bridge.md 7). */
const BYTES_PER_TOKEN = 3;
const OVERLAP = 0.12;
const TEXTS_PER_REQUEST = 64;
/** Longest that one request of the background work takes, the provider's own timers aside. */
const REQUEST_LIMIT_MS = 10 * 60_000;

/** An embedding model of any provider. Its dimension is found with the first text when nobody says it. */
export class RoutedEmbeddingModel implements EmbeddingModel {
  readonly name: string;
  readonly scale = "own";
  readonly #options: RoutedModelOptions;
  readonly #batches: TextBatches;
  readonly #stop = new AbortController();
  #dimension: number | undefined;
  #detecting: Promise<void> | null = null;

  constructor(options: RoutedModelOptions) {
    this.name = options.modelId;
    this.#options = options;
    this.#dimension = options.dimension;
    this.#batches = new TextBatches({
      embed: (texts, owner) => this.#ask(texts, owner, AbortSignal.timeout(REQUEST_LIMIT_MS)),
      size: TEXTS_PER_REQUEST,
      isRefusal: (error) => !isOutage(error),
    });
  }

  get identity(): EmbeddingModelIdentity | null {
    if (this.#dimension === undefined) return null;
    return { name: this.name, id: this.name, dimension: this.#dimension };
  }

  async ready(): Promise<void> {
    if (this.#dimension !== undefined) return;
    this.#detecting ??= this.#detect().finally(() => {
      this.#detecting = null;
    });
    await this.#detecting;
  }

  async embedQuery(
    text: string,
    signal?: AbortSignal,
    owner: Owner = LOCAL_OWNER,
  ): Promise<Float32Array> {
    const [first] = this.#pieces(text);
    // A question longer than the window is rare; its beginning says what it is about.
    const asked = first === undefined ? text : text.slice(first.start, first.end);
    const limited = signal ?? AbortSignal.timeout(REQUEST_LIMIT_MS);
    const [vector] = await this.#ask([asked], owner, limited);
    if (vector === undefined) throw unavailable(`${this.name} answered no vector.`);
    return vector;
  }

  async embedDocument(
    text: string,
    signal?: AbortSignal,
    owner: Owner = LOCAL_OWNER,
  ): Promise<EmbeddedChunk[]> {
    signal?.throwIfAborted();
    return Promise.all(
      this.#pieces(text).map(async ({ start, end }) => ({
        start,
        end,
        vector: await this.#batches.embed(text.slice(start, end), owner),
      })),
    );
  }

  async close(): Promise<void> {
    this.#stop.abort(unavailable("Sekha is stopping."));
  }

  #pieces(text: string) {
    const tokens = Math.min(PIECE_TOKENS, this.#options.contextWindow);
    return piecesOf(text, { bytes: tokens * BYTES_PER_TOKEN, overlap: OVERLAP });
  }

  async #detect(): Promise<void> {
    await this.#ask(["dimension"], LOCAL_OWNER, AbortSignal.timeout(REQUEST_LIMIT_MS));
  }

  async #ask(texts: readonly string[], owner: Owner, signal: AbortSignal): Promise<Float32Array[]> {
    const { embed, modelId } = this.#options;
    const either = AbortSignal.any([signal, this.#stop.signal]);
    try {
      const request = { texts, model: modelId, dimension: this.#dimension, owner };
      const vectors = await embed(request, either);
      this.#checkLength(vectors);
      return vectors.map(unit);
    } catch (error) {
      throw isOutage(error) && !isUnavailable(error) ? outage(error) : error;
    }
  }

  #checkLength(vectors: readonly Float32Array[]): void {
    const length = vectors[0]?.length;
    if (length === undefined) return;
    this.#dimension ??= length;
    const odd = vectors.find((vector) => vector.length !== this.#dimension);
    if (odd === undefined) return;
    throw unavailable(
      `${this.name} answered ${odd.length} dimensions where ${this.#dimension} are expected. Correct \`dimension\` of the model in llm_providers, or leave it out.`,
    );
  }
}

/** What is no fault of the text: it may work later, and nothing is given up for it. */
function isOutage(error: unknown): boolean {
  return !(
    isSekhaError(error) &&
    ["invalid_request", "context_length", "content_filtered", "payload_too_large"].includes(
      error.code,
    )
  );
}

function isUnavailable(error: unknown): boolean {
  return isSekhaError(error) && error.code === "embedding_unavailable";
}

function outage(error: unknown): SekhaError {
  const message = error instanceof Error ? error.message : String(error);
  return new SekhaError("embedding_unavailable", message, { cause: error });
}

function unavailable(message: string): SekhaError {
  return new SekhaError("embedding_unavailable", message);
}

function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  return length === 0 ? vector : vector.map((value) => value / length);
}
