import type { OrderDependencies, Standing } from "./candidate-order.ts";
import type { RouteRequest } from "./route.ts";

export interface ReasonInputs extends OrderDependencies {
  standing: Standing;
  request: RouteRequest;
  accepted: boolean;
}

/** Why a candidate stands where it does, for a person. Clients look for "Preferred model available" at the start. */
export function candidateReason(inputs: ReasonInputs): string {
  const { standing, request } = inputs;
  const { kind, task } = standing;
  if (kind === "preferred" || kind === "default") {
    const as = task === undefined || task === request.task ? "" : `, a ${task} model`;
    return `${chosenReason(inputs)}${as}`;
  }
  return `${lookedAtReason(inputs)}; ${orderReason(inputs)}`;
}

function chosenReason({ standing, request, accepted, registry }: ReasonInputs): string {
  const { task, preferredModel } = request;
  const opening = accepted ? "Preferred model available" : "Preferred model";
  if (standing.kind === "preferred") return `${opening}: asked for as '${preferredModel}'`;
  if (!preferredModel) return `${opening}: default model of ${task}`;
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
