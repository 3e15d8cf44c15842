import { setTimeout as delay } from "node:timers/promises";
import { SekhaError, unreachableBridge } from "../core/errors.ts";
import type { EmbedRequest } from "../llm/embedding/routed-model.ts";
import type { Gateway } from "../llm/gateway.ts";
import { readEmbedding } from "../protocols/openai/embedding-values.ts";
import type { EmbeddingResponse } from "../protocols/openai/embeddings.ts";

/** Through the router of this process. */
export function gatewayEmbeddings(gateway: Pick<Gateway, "embed">): EmbedRequest {
  return async ({ texts, model, dimension, owner }, signal) => {
    const identity = dimension === undefined ? {} : { identity: { modelId: model, dimension } };
    const { vectors, served } = await gateway.embed(
      { texts, model, dimensions: undefined, ...identity },
      {
        owner,
        keyId: undefined,
        signal,
        task: "embedding",
        maxCost: undefined,
        localCaller: true,
      },
    );
    checkServed(model, served.modelId);
    return vectors;
  };
}

interface RemoteBridge {
  /** Without a slash at the end. */
  url: string;
  apiKey: string | undefined;
  fetch: typeof fetch;
}

/** Longest answer of a bridge that is refused, shown in an error. */
const SHOWN_CHARACTERS = 300;
/** A bridge that has just been restarted is asked once more. */
const AGAIN_AFTER_MS = 500;

/** Through the bridge of another process (`llm_bridge_url`). */
export function remoteEmbeddings(bridge: RemoteBridge): EmbedRequest {
  return async ({ texts, model }, signal) => {
    const body = JSON.stringify({ model, input: texts, encoding_format: "base64" });
    const answer = await ask(bridge, { model, body }, signal);
    const { data } = answer as EmbeddingResponse;
    if (!Array.isArray(data) || data.length !== texts.length) {
      throw unavailable(`The bridge at ${bridge.url} answered what is no list of embeddings.`);
    }
    return data
      .toSorted((left, right) => left.index - right.index)
      .map(({ embedding }) => readEmbedding(embedding));
  };
}

async function ask(
  bridge: RemoteBridge,
  { model, body }: { model: string; body: string },
  signal: AbortSignal,
): Promise<unknown> {
  const response = await send(bridge, body, signal).catch(async (error: unknown) => {
    if (signal.aborted) throw error;
    await delay(AGAIN_AFTER_MS, undefined, { signal });
    return send(bridge, body, signal).catch((again: unknown) => {
      throw unavailable(`The ${unreachableBridge(bridge.url, again)}`);
    });
  });
  const text = await response.text();
  if (response.ok) {
    checkServed(model, response.headers.get("x-sekha-model") ?? model);
    return JSON.parse(text) as unknown;
  }
  const detail = `The LLM bridge at ${bridge.url} answered ${response.status}: ${text.slice(0, SHOWN_CHARACTERS)}`;
  if (response.status === 400 || response.status === 413 || response.status === 422) {
    throw new SekhaError("invalid_request", detail);
  }
  throw unavailable(detail);
}

function send({ url, apiKey, fetch }: RemoteBridge, body: string, signal: AbortSignal) {
  return fetch(`${url}/v1/embeddings`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
    },
    body,
    signal,
  });
}

/** Vectors of another model under this one's name would poison the memory. Ollama's ":latest" is the same model. */
function checkServed(wanted: string, served: string): void {
  const bare = (name: string) => name.replace(/:latest$/, "");
  if (bare(wanted) === bare(served)) return;
  throw unavailable(
    `${wanted} was asked for and ${served} answered. Configure ${wanted} with task: embedding where the bridge runs.`,
  );
}

function unavailable(message: string): SekhaError {
  return new SekhaError("embedding_unavailable", message);
}
