import { GatewayError } from "../gateway.ts";
import type { ModelEntry } from "../registry/entries.ts";
import type { Registry } from "../registry/registry.ts";
import { canonicalTask } from "../registry/tasks.ts";
import type { Breakers } from "./breakers.ts";
import { orderedByStrategy, type Standing, standingsFor } from "./candidate-order.ts";
import { candidateReason, type ReasonInputs } from "./candidate-reason.ts";
import { type EmbeddingSpace, isAllowed, type RuleInputs, refusalOf } from "./candidate-rules.ts";
import type { Load } from "./load.ts";
import type { Candidate, RoutePlan, RouteRequest } from "./route.ts";
import type { RoutingSettings } from "./routing-settings.ts";

export interface RouterDependencies {
  registry: Registry;
  breakers: Pick<Breakers, "view" | "keys">;
  load: Pick<Load, "inFlight" | "latencyMs" | "lastStart">;
  routing: RoutingSettings;
  /** Upper bound in nano-US-dollars; null: no price is known. Not asked for free models. */
  estimate: (model: ModelEntry, request: RouteRequest) => bigint | null;
  /** Why no budget allows so much; null: one does. An unknown estimate (null) is refused where there is a budget. */
  budgetRefusal: RuleInputs["budgetRefusal"];
}

/** Questions whose standings are remembered. */
const MOST_STANDINGS = 256;

/**
 * Who serves a request, in which order, and why not the others. Reads the state of breakers, keys, load and budgets and
 * changes nothing, so that explaining and executing see the same.
 */
export class Router {
  readonly #dependencies: RouterDependencies;
  /** By what they depend on: the same few questions come again and again. */
  readonly #standings = new Map<string, readonly Standing[]>();

  constructor(dependencies: RouterDependencies) {
    this.#dependencies = dependencies;
  }

  /** Throws GatewayError `invalid_request` for a task that nobody knows. */
  plan(asked: RouteRequest): RoutePlan {
    const { registry, routing } = this.#dependencies;
    const request = this.#understood(asked);
    const { onlyProvider } = request;
    const all = this.#standingsOf(request);
    const standings =
      onlyProvider === undefined
        ? all
        : all.filter(({ offer }) => offer.provider.id === onlyProvider);
    const space =
      registry.familyOf(request.task) === "embedding"
        ? (request.embeddingIdentity ?? this.#spaceOf(standings))
        : undefined;
    const candidates = orderedByStrategy(standings, this.#dependencies).map((standing) =>
      this.#candidate(standing, request, space),
    );
    const good = candidates.filter(({ refusal }) => refusal === null);
    // The usual case: all will do, and may be tried.
    if (good.length === candidates.length && (routing.enableFallback || good.length < 2)) {
      return { request, candidates, accepted: good };
    }
    const accepted = routing.enableFallback ? good : good.slice(0, 1);
    const left = good.slice(accepted.length).map(leftOut);
    const refused = candidates.filter(({ refusal }) => refusal !== null);
    return { request, candidates: [...accepted, ...left, ...refused], accepted };
  }

  #standingsOf(request: RouteRequest): readonly Standing[] {
    const { task, preferredModel = "", requireVision } = request;
    const name = `${task}\n${requireVision}\n${preferredModel}`;
    const known = this.#standings.get(name);
    if (known !== undefined) return known;
    const standings = standingsFor(request, this.#dependencies);
    // Callers may name any model.
    if (this.#standings.size >= MOST_STANDINGS) this.#standings.clear();
    this.#standings.set(name, standings);
    return standings;
  }

  /** With the task's own name; images need a model that takes them unless the configuration says otherwise. */
  #understood(asked: RouteRequest): RouteRequest {
    const { registry, routing } = this.#dependencies;
    const task = canonicalTask(asked.task);
    if (!registry.isTask(task)) {
      const valid = registry.tasks.map((name) => `'${name}'`).join(", ");
      throw new GatewayError(
        "invalid_request",
        `Invalid task '${asked.task}'. Valid tasks: [${valid}]`,
      );
    }
    const sees = asked.images > 0 && routing.requireVisionForImages;
    return { ...asked, task, requireVision: asked.requireVision || sees };
  }

  /**
   * Embeddings never fall back to another vector space (bridge.md, semantics 5), and neither load nor an outage may
   * choose it: it is the first model's that fits.
   */
  #spaceOf(standings: readonly Standing[]): EmbeddingSpace | undefined {
    const { routing } = this.#dependencies;
    const first = standings.find(
      ({ task, offer }) => task !== undefined && isAllowed(offer.provider.id, routing),
    );
    return first?.offer.model;
  }

  #candidate(
    standing: Standing,
    request: RouteRequest,
    space: EmbeddingSpace | undefined,
  ): Candidate {
    const { provider, model } = standing.offer;
    const estimate = model.free ? 0n : this.#dependencies.estimate(model, request);
    const { registry, routing, load, breakers, budgetRefusal } = this.#dependencies;
    const inputs: RuleInputs & ReasonInputs = {
      standing,
      request,
      estimate,
      space,
      registry,
      routing,
      load,
      breakers,
      budgetRefusal,
      accepted: true,
    };
    const refusal = refusalOf(inputs);
    inputs.accepted = refusal === null;
    const task = standing.task ?? request.task;
    return { provider, model, task, estimate, refusal, ...candidateReason(inputs) };
  }
}

function leftOut(candidate: Candidate): Candidate {
  const reason = "Not tried: routing.enable_fallback is false, and another candidate comes first.";
  return { ...candidate, refusal: { code: "fallback_off", reason } };
}
