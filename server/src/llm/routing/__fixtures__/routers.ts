import type { Registry } from "../../registry/registry.ts";
import { Breakers } from "../breakers.ts";
import { Load } from "../load.ts";
import type { Outcome } from "../permits.ts";
import type { RouteRequest } from "../route.ts";
import { Router, type RouterDependencies } from "../router.ts";
import type { RoutingSettings } from "../routing-settings.ts";
import type { Target } from "../target.ts";

export const ROUTING: RoutingSettings = {
  enableFallback: true,
  strategy: "priority",
  requireVisionForImages: true,
  preferFreeProviders: false,
  providers: [],
};

const CIRCUIT_BREAKER = {
  failureThreshold: 3,
  timeoutSecs: 60,
  successThreshold: 2,
  halfOpenRequests: 1,
};

export function request(part: Partial<RouteRequest> = {}): RouteRequest {
  return {
    task: "chat_small",
    preferredModel: undefined,
    requireVision: false,
    requireTools: false,
    requireAudio: false,
    promptTokens: undefined,
    outputTokens: undefined,
    images: 0,
    maxCost: undefined,
    embeddingIdentity: undefined,
    keyId: undefined,
    ...part,
  };
}

/** A router over real breakers and load, on a clock that stands still until it is moved. */
export function setUpRouter(
  registry: Registry,
  routing: Partial<RoutingSettings> = {},
  money: Partial<Pick<RouterDependencies, "estimate" | "budgetRefusal">> = {},
) {
  const time = { now: 0 };
  const clock = () => time.now;
  const breakers = new Breakers({ settings: CIRCUIT_BREAKER, clock });
  const load = new Load({ clock });
  const dependencies: RouterDependencies = {
    registry,
    breakers,
    load,
    routing: { ...ROUTING, ...routing },
    estimate: () => 1_000_000n,
    budgetRefusal: () => null,
    ...money,
  };
  const router = new Router(dependencies);
  const end = (target: Target, outcome: Outcome) => {
    const acquired = breakers.tryAcquire(target);
    if ("permit" in acquired) acquired.permit.settle(outcome);
  };
  const open = (target: Target) => {
    for (let count = 0; count < 3; count += 1)
      end(target, { kind: "failure", category: "timeout" });
  };
  return { time, breakers, load, dependencies, router, end, open };
}
