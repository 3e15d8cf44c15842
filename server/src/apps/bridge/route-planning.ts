import type { RouteRequestBody } from "@sekha/sdk/contract";
import type { RouteCall } from "../../http/route-binding.ts";
import type { RouteRequest } from "../../llm/routing/route.ts";

/** What v1 estimated every request with, so that its prices stay comparable. */
const TYPICAL_PROMPT_TOKENS = 1000;
const TYPICAL_ANSWER_TOKENS = 500;

export function routeRequestOf(body: RouteRequestBody, call: RouteCall): RouteRequest {
  return {
    ...bareRequest(body.task, call),
    preferredModel: body.preferred_model || undefined,
    requireVision: body.require_vision ?? false,
    promptTokens: body.context_size ?? TYPICAL_PROMPT_TOKENS,
    outputTokens: makesText(body.task) ? TYPICAL_ANSWER_TOKENS : 0,
    maxCost: body.max_cost ?? undefined,
  };
}

/** A request that asks for nothing but a task. */
export function bareRequest(task: string, call: RouteCall): RouteRequest {
  return {
    task,
    preferredModel: undefined,
    requireVision: false,
    requireTools: false,
    requireAudio: false,
    promptTokens: undefined,
    outputTokens: undefined,
    images: 0,
    maxCost: undefined,
    embeddingIdentity: undefined,
    keyId: call.keyId ?? undefined,
  };
}

export function makesText(task: string): boolean {
  return task !== "embedding";
}
