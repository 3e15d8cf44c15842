import type { BridgeRoutes, estimateBody } from "@sekha/sdk/contract";
import type { z } from "zod";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import { promptSize, textsBound } from "../../llm/money/tokens.ts";
import { KNOWN_TASKS } from "../../llm/registry/tasks.ts";
import { nothingServes } from "../../llm/routing/explanation.ts";
import type { RoutePlan, RouteRequest } from "../../llm/routing/route.ts";
import { checkMessages } from "./chat-request-check.ts";
import { namedModel } from "./embedding-input.ts";
import { FieldProblems } from "./field-checks.ts";
import { bareRequest, makesText, routeRequestOf } from "./route-planning.ts";
import { candidateToWire, dollarsOrNull } from "./routing-metadata.ts";
import type { BridgeServices } from "./services.ts";

type RoutingRoutes = Pick<BridgeRoutes, "route" | "tasks" | "estimate">;

/** What the gateway would do, without doing it. */
export function routingHandlers({
  gateway,
}: Pick<BridgeServices, "gateway">): RouteHandlers<RoutingRoutes> {
  return {
    route: async ({ body }, call) => {
      const plan = gateway.plan(routeRequestOf(body, call));
      const isDryRun = body.dry_run ?? false;
      if (plan.accepted.length === 0 && !isDryRun) throw nothingServes(plan);
      return { ...chosenToWire(plan), dry_run: isDryRun };
    },

    tasks: async () => {
      const own = gateway.models().flatMap((model) => model.tasks);
      return [...new Set<string>([...KNOWN_TASKS, ...own])];
    },

    estimate: async ({ body }, call) => {
      const plan = gateway.plan(estimateRequest(body, call));
      const {
        reason: _reason,
        detail: _detail,
        provider_type: _type,
        ...chosen
      } = chosenToWire(plan);
      return {
        ...chosen,
        prompt_tokens: plan.request.promptTokens ?? 0,
        max_tokens: plan.request.outputTokens ?? null,
      };
    },
  };
}

function chosenToWire(plan: RoutePlan) {
  const [first] = plan.accepted;
  return {
    provider_id: first?.provider.id ?? null,
    model_id: first?.model.modelId ?? null,
    estimated_cost: first === undefined ? null : dollarsOrNull(first.estimate),
    reason: first?.reason ?? nothingServes(plan).message,
    ...(first?.detail === undefined ? {} : { detail: first.detail }),
    provider_type: first?.provider.type ?? null,
    task: plan.request.task,
    candidates: plan.candidates.map(candidateToWire),
  };
}

function estimateRequest(body: z.output<typeof estimateBody>, call: RouteCall): RouteRequest {
  const size = sizeOf(body);
  const task = body.task ?? (body.messages ? "chat_smart" : size.task);
  return {
    ...bareRequest(task, call),
    preferredModel: namedModel(body.model),
    promptTokens: body.prompt_tokens ?? size.tokens,
    outputTokens: body.max_tokens ?? (makesText(task) ? undefined : 0),
    requireVision: size.images > 0,
    requireAudio: size.audio,
    images: size.images,
  };
}

function sizeOf({ messages, text }: z.output<typeof estimateBody>) {
  if (messages === undefined || messages === null) {
    const tokens = text ? textsBound([text]) : 0;
    return { tokens, images: 0, audio: false, task: text ? "embedding" : "chat_smart" };
  }
  const problems = new FieldProblems();
  checkMessages(messages, problems);
  problems.raise("validation_failed");
  // Checked just now, by the same rules as those of a chat request.
  return { ...promptSize({ messages: messages as never }), task: "chat_smart" };
}
