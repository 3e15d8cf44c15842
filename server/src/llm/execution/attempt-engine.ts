import { breakerText } from "../routing/breaker-text.ts";
import type { Candidate } from "../routing/route.ts";
import { AttemptHoldings } from "./attempt-holdings.ts";
import { callerGone } from "./attempt-signal.ts";
import { AttemptTrail } from "./attempt-trail.ts";
import { CandidateCalls, type Step } from "./candidate-calls.ts";
import { Deadline } from "./deadline.ts";
import type { AttemptEngineDependencies, Executed, Execution, Turn, Work } from "./execution.ts";
import { failureSummary } from "./failure-summary.ts";

/** Longest that a request takes with all of its attempts, whatever their timers. */
const LONGEST_REQUEST_MS = 10 * 60_000;

/**
 * Executes a plan: asks its accepted candidates in order until one serves (bridge.md, semantics 1 to 4). What an attempt
 * holds is given back exactly once on every way out.
 */
export class AttemptEngine {
  readonly #dependencies: AttemptEngineDependencies;

  constructor(dependencies: AttemptEngineDependencies) {
    this.#dependencies = dependencies;
  }

  /** Throws GatewayError when no candidate served. */
  async run<Result>(execution: Execution, work: Work<Result>): Promise<Executed<Result>> {
    const { plan, options } = execution;
    const { clock, observer } = this.#dependencies;
    const trail = new AttemptTrail();
    const deadline = new Deadline({ clock, milliseconds: deadlineMs(plan.accepted) });
    let index = 0;
    for (const candidate of plan.accepted) {
      index += 1;
      if (options.signal.aborted || deadline.remaining() <= 0) break;
      if (trail.excludes(candidate)) continue;
      const rest = index < plan.accepted.length ? plan.accepted.slice(index) : NONE;
      const step = await this.#try({ candidate, rest, execution, trail, deadline }, work);
      if (step.kind === "served") return { result: step.result, waitedMs: trail.waitedMs };
      if (step.kind === "stop") break;
    }
    const { operation } = execution;
    const isCallerGone = options.signal.aborted;
    const error = failureSummary({ plan, trail, deadline, isCallerGone, operation });
    observer.refused({ operation, task: plan.request.task, code: error.code });
    throw error;
  }

  async #try<Result>(turn: Turn, work: Work<Result>): Promise<Step<Result>> {
    const { candidate, trail, execution } = turn;
    const { breakers, budget, load } = this.#dependencies;
    const acquired = breakers.tryAcquire(candidate.model);
    if ("refused" in acquired) {
      const view = acquired.refused;
      const retryAfterMs = view.state === "open" ? view.retryAfterMs : undefined;
      const reason = breakerText(candidate.model, view) ?? "is not to be asked now";
      trail.skip({ candidate, kind: "unavailable", reason, retryAfterMs });
      return NEXT;
    }
    const holdings = new AttemptHoldings(acquired.permit);
    let isServed = false;
    try {
      const { owner, keyId } = execution.options;
      const asked = budget.reserve({ candidate, plan: execution.plan, owner, keyId });
      const granted = asked instanceof Promise ? await asked : asked;
      if ("refused" in granted) {
        const { refused: reason, retryAfterMs } = granted;
        const kind = retryAfterMs === undefined ? "money" : "unavailable";
        trail.skip({ candidate, kind, reason, retryAfterMs });
        return NEXT;
      }
      holdings.hold({ reservation: granted.reservation, ticket: load.begin(candidate.model) });
      const step = await new CandidateCalls(this.#dependencies, { turn, holdings }).perform(work);
      isServed = step.kind === "served";
      return step;
    } finally {
      // Whoever serves gives back for itself; for all others nothing is done when it is done already.
      if (!isServed) holdings.settle({ failure: callerGone(), usage: null });
    }
  }
}

const NEXT = { kind: "next" } as const;
const NONE: readonly Candidate[] = [];

/** Time for the slowest candidate and one more: a silent first one leaves the next its turn. */
function deadlineMs(candidates: readonly Candidate[]): number {
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined) {
    const { totalMs, coldStartMs } = only.model.timers;
    return Math.min(LONGEST_REQUEST_MS, totalMs + coldStartMs);
  }
  const totals = candidates
    .map(({ model: { timers } }) => timers.totalMs + timers.coldStartMs)
    .toSorted((left, right) => right - left);
  return Math.min(LONGEST_REQUEST_MS, (totals[0] ?? 0) + (totals[1] ?? 0));
}
