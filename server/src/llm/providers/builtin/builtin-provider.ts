import { errorMessage, isSekhaError } from "../../../core/errors.ts";
import type { EmbeddingModel } from "../../../core/ports/embedding-model.ts";
import { type FailureCategory, ProviderFailure } from "../../failure.ts";
import type {
  EmbeddingAnswer,
  EmbeddingCall,
  ProbeResult,
  Provider,
  ProviderCall,
} from "../../provider.ts";
import { targetName } from "../../transport/call-target.ts";
import { unitLength } from "./embedding-runtime.ts";

/** The model counts no tokens for its callers; nothing is paid by this figure. */
const BYTES_PER_TOKEN = 4;

/** The models of this process as a provider. The embedding model stays its owner's: closing this does not close it. */
export function createBuiltinProvider({ model }: { model: EmbeddingModel }): Provider {
  return new BuiltinProvider(model);
}

class BuiltinProvider implements Provider {
  readonly #model: EmbeddingModel;

  constructor(model: EmbeddingModel) {
    this.#model = model;
  }

  chat(_: unknown, call: ProviderCall): Promise<never> {
    return Promise.reject(noChat(call));
  }

  stream(_: unknown, call: ProviderCall): Promise<never> {
    return Promise.reject(noChat(call));
  }

  async embed(request: EmbeddingCall, call: ProviderCall): Promise<EmbeddingAnswer> {
    const { texts, dimensions } = request;
    const { modelId } = call.model;
    const dimension = this.#model.identity?.dimension;
    if (dimensions !== undefined && dimension !== undefined && dimensions !== dimension) {
      throw new ProviderFailure(
        "unsupported",
        `${targetName(call.model)} has ${dimension} dimensions and cannot give ${dimensions}.`,
      );
    }
    const vectors = await Promise.all(texts.map((text) => this.#vector(text, request, call)));
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const tokens = Math.ceil(bytes / BYTES_PER_TOKEN);
    const usage = { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens };
    return { vectors, model: this.#model.identity?.name ?? modelId, usage };
  }

  async probe({ signal }: Omit<ProviderCall, "model">): Promise<ProbeResult> {
    try {
      await Promise.race([this.#model.ready(), whenAborted(signal)]);
      const name = this.#model.identity?.name;
      return { ok: true, models: name === undefined ? [] : [name], latencyMs: 0, error: undefined };
    } catch (error) {
      return { ok: false, models: undefined, latencyMs: 0, error: errorMessage(error) };
    }
  }

  async close(): Promise<void> {
    // The composition closes the model, which the controller may use beside this.
  }

  async #vector(
    text: string,
    { purpose }: EmbeddingCall,
    call: ProviderCall,
  ): Promise<Float32Array> {
    try {
      if (purpose === "query") return await this.#model.embedQuery(text, call.signal);
      const chunks = await this.#model.embedDocument(text, call.signal);
      const mean = meanDirection(chunks.map(({ vector }) => vector));
      if (mean !== undefined) return mean;
    } catch (error) {
      throw failureOf(error, call);
    }
    throw new ProviderFailure("invalid_request", "A text without words cannot be embedded.");
  }
}

function noChat({ model }: ProviderCall): ProviderFailure {
  return new ProviderFailure(
    "unsupported",
    `${targetName(model)} is built in and has no chat; name a provider with a chat model under llm_providers, such as ollama.`,
  );
}

/** Of unit length; undefined without vectors. */
function meanDirection(vectors: readonly Float32Array[]): Float32Array | undefined {
  const [first, ...others] = vectors;
  if (first === undefined || others.length === 0) return first;
  const sum = Float32Array.from(first);
  for (const vector of others) {
    for (const [index, value] of vector.entries()) sum[index] = (sum[index] ?? 0) + value;
  }
  return unitLength(sum);
}

function failureOf(error: unknown, { signal, model }: ProviderCall): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (signal.aborted) {
    if (signal.reason instanceof ProviderFailure) return signal.reason;
    return new ProviderFailure("aborted", `The call of ${targetName(model)} was ended.`);
  }
  const category: FailureCategory =
    isSekhaError(error) && error.code === "invalid_request" ? "invalid_request" : "server_error";
  return new ProviderFailure(category, `${targetName(model)}: ${errorMessage(error)}`, {
    cause: error,
  });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}
