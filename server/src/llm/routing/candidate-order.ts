import type { Offer, Registry } from "../registry/registry.ts";
import { standInsFor } from "../registry/tasks.ts";
import type { Load } from "./load.ts";
import type { RouteRequest } from "./route.ts";
import type { RoutingSettings } from "./routing-settings.ts";

/** Why an offer is looked at. Earlier kinds stand first. */
export type StandingKind = "preferred" | "default" | "own" | "seeing" | "stand_in";

/** An offer that is looked at for a request, with its place. */
export interface Standing {
  offer: Offer;
  kind: StandingKind;
  /** The task it serves as; undefined: it does not fit the request's. */
  task: string | undefined;
  /** Lower is tried first, before all else. */
  rank: number;
}

export interface OrderDependencies {
  registry: Registry;
  load: Pick<Load, "inFlight" | "latencyMs" | "lastStart">;
  routing: RoutingSettings;
}

const RANK: Readonly<Record<StandingKind, number>> = {
  preferred: 0,
  default: 1,
  own: 2,
  seeing: 3,
  /** And further by distance. */
  stand_in: 4,
};

/**
 * Every offer that could serve, each (provider, model) once, in the order that holds whatever the load is. Depends on
 * nothing of the request but its task, its preferred model and whether it needs vision.
 */
export function standingsFor(
  request: Pick<RouteRequest, "task" | "preferredModel" | "requireVision">,
  { registry, routing }: Pick<OrderDependencies, "registry" | "routing">,
): Standing[] {
  const { task } = request;
  const standings = new Map<string, Standing>();
  const add = (kind: StandingKind, offers: readonly Offer[], distance = 0) => {
    for (const offer of offers) {
      const { providerId, modelId } = offer.model;
      const name = `${providerId}\n${modelId}`;
      if (standings.has(name)) continue;
      const served = registry.servedTask(offer.model, task);
      standings.set(name, { offer, kind, task: served, rank: RANK[kind] + distance });
    }
  };
  const { preferredModel } = request;
  if (preferredModel) add("preferred", fittingFirst(preferredModel, task, registry));
  const named = registry.defaultModel(task);
  if (named !== undefined) add("default", fittingFirst(named, task, registry));
  const own = registry.offersFor(task);
  add("own", own);
  if (task === "vision") add("seeing", registry.seeingOffers());
  else if (!own.some(({ model }) => !request.requireVision || model.supportsVision)) {
    for (const [distance, near] of standInsFor(task).entries()) {
      add("stand_in", registry.offersFor(near), distance);
    }
  }
  return sortedBy([...standings.values()], (standing) => [
    ...firstKeys(standing, routing),
    standing.offer.provider.priority,
  ]);
}

/** The same, among equals by the configured strategy. */
export function orderedByStrategy(
  standings: readonly Standing[],
  { load, routing }: OrderDependencies,
): Standing[] {
  const { strategy, latencyThresholdMs = Number.POSITIVE_INFINITY } = routing;
  return sortedBy(standings, (standing) => {
    const { provider, model } = standing.offer;
    const latency = strategy === "latency" ? load.latencyMs(model) : undefined;
    const slow = latency !== undefined && latency > latencyThresholdMs;
    return [
      ...firstKeys(standing, routing),
      slow ? 1 : 0,
      provider.priority,
      strategyKey({ standing, load, routing }),
    ];
  });
}

/** A model's entries that have the task itself, then those that can stand in, then those that do not fit. */
function fittingFirst(name: string, task: string, registry: Registry): readonly Offer[] {
  const place = ({ model }: Offer) => {
    if (model.tasks.includes(task)) return 0;
    return registry.servedTask(model, task) === undefined ? 2 : 1;
  };
  return registry.offersNamed(name).toSorted((left, right) => place(left) - place(right));
}

function firstKeys({ offer, rank }: Standing, routing: RoutingSettings): number[] {
  const { preferFreeProviders, preferRegion } = routing;
  return [
    rank,
    preferFreeProviders && !offer.model.free ? 1 : 0,
    preferRegion !== undefined && offer.provider.region !== preferRegion ? 1 : 0,
  ];
}

interface StrategyInputs {
  standing: Standing;
  load: OrderDependencies["load"];
  routing: RoutingSettings;
}

function strategyKey({ standing, load, routing }: StrategyInputs): number {
  const { model } = standing.offer;
  switch (routing.strategy) {
    case "priority":
      return 0;
    case "latency":
      // What was never measured goes first once, or it would never be.
      return load.latencyMs(model) ?? -1;
    case "round_robin":
      return load.lastStart(model);
    case "least_connections":
      return load.inFlight(model);
  }
}

/** By numbers, the first difference decides; last, the order of the configuration. */
function sortedBy(
  standings: readonly Standing[],
  keysOf: (standing: Standing) => number[],
): Standing[] {
  // The usual case: most models are the only one of their task.
  if (standings.length < 2) return [...standings];
  return standings
    .map((standing) => ({ standing, keys: [...keysOf(standing), standing.offer.position] }))
    .toSorted((left, right) => compareKeys(left.keys, right.keys))
    .map(({ standing }) => standing);
}

function compareKeys(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
