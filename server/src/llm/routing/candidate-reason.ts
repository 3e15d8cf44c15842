import type { OrderDependencies, Standing } from "./candidate-order.ts";
import type { RouteRequest } from "./route.ts";

export interface ReasonInputs extends OrderDependencies {
  standing: Standing;
  request: RouteRequest;
  accepted: boolean;
}

/** Why a candidate stands where it does, for a person. */
export interface CandidateReason {
  /** Clients compare it with "Preferred model available", as version 1's guide shows it. */
  reason: string;
  /** By what it was preferred. */
  detail?: string;
}

export function candidateReason(inputs: ReasonInputs): CandidateReason {
  const { standing, request } = inputs;
  const { kind, task } = standing;
  if (kind !== "preferred" && kind !== "default") {
    return { reason: `${lookedAtReason(inputs)}; ${orderReason(inputs)}` };
  }
  const as = task === undefined || task === request.task ? "" : `, a ${task} model`;
  const { preferredModel } = request;
  if (kind === "default" && preferredModel) return { reason: `${defaultReason(inputs)}${as}` };
  const why =
    kind === "preferred" ? `asked for as '${preferredModel}'` : `default model of ${request.task}`;
  const reason = inputs.accepted ? "Preferred model available" : "Preferred model";
  return { reason, detail: `${why}${as}` };
}

/** Of the task's default where another model was asked for. */
function defaultReason({ request, registry }: ReasonInputs): string {
  const { task, preferredModel = "" } = request;
  const known = registry.offersNamed(preferredModel).length > 0;
  const instead = known ? "" : `; '${preferredModel}' is not configured`;
  return `Default model of ${task}${instead}`;
}

function lookedAtReason({ standing, request, registry }: ReasonInputs): string {
  const { kind, task } = standing;
  if (kind === "own") return `Has the task ${request.task}`;
  if (kind === "seeing") return `A ${task} model that takes images`;
  return registry.offersFor(request.task).length === 0
    ? `No model has the task ${request.task}, ${task} stands in`
    : `No model of ${request.task} takes images, ${task} stands in`;
}

function orderReason({ standing, routing, load }: ReasonInputs): string {
  const { provider, model } = standing.offer;
  const parts: string[] = [];
  if (routing.preferFreeProviders && model.free) parts.push("free");
  if (routing.preferRegion !== undefined && provider.region === routing.preferRegion) {
    parts.push(`region ${provider.region}`);
  }
  parts.push(`priority ${provider.priority}`);
  if (routing.strategy === "latency") {
    const latency = load.latencyMs(model);
    parts.push(latency === undefined ? "not measured yet" : `latency ${Math.round(latency)} ms`);
  }
  if (routing.strategy === "least_connections") parts.push(`${load.inFlight(model)} under way`);
  if (routing.strategy === "round_robin") parts.push("in turn");
  return parts.join(", ");
}
