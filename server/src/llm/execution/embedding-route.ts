import type { CallOptions, Gateway } from "../gateway.ts";
import { textsBound } from "../money/tokens.ts";
import type { RouteRequest } from "../routing/route.ts";

/** What a request for embeddings wants of a model. */
export function routeForEmbedding(
  request: Parameters<Gateway["embed"]>[0],
  options: CallOptions,
): RouteRequest {
  const { texts, model, identity } = request;
  return {
    task: options.task ?? "embedding",
    preferredModel: identity?.modelId ?? model,
    requireVision: false,
    requireTools: false,
    requireAudio: false,
    promptTokens: textsBound(texts),
    outputTokens: 0,
    images: 0,
    maxCost: options.maxCost,
    embeddingIdentity: identity,
    keyId: options.keyId,
    onlyProvider: options.onlyProvider,
  };
}
