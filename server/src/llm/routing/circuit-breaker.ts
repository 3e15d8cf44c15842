import type { BreakerView, Outcome, Permit } from "./permits.ts";

export interface BreakerLimits {
  /** Counted failures in a row that open it. */
  failureThreshold: number;
  /** Milliseconds that an open one stays open. */
  timeoutMs: number;
  /** Successful probes that close it. */
  successThreshold: number;
  /** Probes at the same time. */
  halfOpenRequests: number;
  /** Milliseconds after which a probe that was never settled gives its place back. Longer than any attempt. */
  probeLeaseMs: number;
}

export interface CircuitBreakerDependencies {
  /** Read at every step, so that a reload changes them without losing the state. */
  limits: () => BreakerLimits;
  /** Milliseconds; must not run backwards (forward-clock.ts). */
  clock: () => number;
}

export type Acquired = { permit: Permit } | { refused: BreakerView };

type State =
  | { kind: "closed"; failures: number }
  | { kind: "open"; failures: number; openedAt: number; reason: string }
  | { kind: "half_open"; failures: number; successes: number; probes: Map<Probe, number> };

/** One probe's identity. */
type Probe = object;

interface Pause {
  since: number;
  until: number;
}

/** A provider's Retry-After holds at most so long; then it is asked again, at the price of one more 429. */
const LONGEST_PAUSE_MS = 60 * 60_000;

/** Stops asking one model of one provider while it fails (bridge.md, semantics 4). */
export class CircuitBreaker {
  readonly #limits: () => BreakerLimits;
  readonly #clock: () => number;
  #state: State = { kind: "closed", failures: 0 };
  #pause: Pause | undefined;

  constructor({ limits, clock }: CircuitBreakerDependencies) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The right to make one attempt, which must be settled; or why not now. */
  tryAcquire(): Acquired {
    const now = this.#clock();
    if (this.#pausedFor(now) > 0) return { refused: this.view() };
    if (this.#state.kind === "closed") return { permit: this.#permit(this.#state) };
    const probes = this.#probesAt(now);
    if (probes === undefined) return { refused: this.view() };
    if (probes.size >= this.#limits().halfOpenRequests) return { refused: this.view() };
    const probe: Probe = {};
    probes.set(probe, now + this.#limits().probeLeaseMs);
    return { permit: this.#permit(this.#state, probe) };
  }

  /** What `tryAcquire` would meet now; changes nothing. Times are of the breaker's clock. */
  view(): BreakerView {
    const now = this.#clock();
    const state = this.#state;
    const paused = this.#pausedFor(now);
    const closedFor = state.kind === "open" ? this.#untilProbe(state, now) : 0;
    if (state.kind === "open" && closedFor > 0 && closedFor >= paused) {
      return { ...opened(state, closedFor), reason: state.reason, cause: "failures" };
    }
    if (this.#pause !== undefined && paused > 0) {
      const { failures } = state;
      const reason = "the provider asked for a pause (rate limit)";
      const since = { failures, openedAt: this.#pause.since };
      return { ...opened(since, paused), reason, cause: "rate_limited" };
    }
    if (state.kind === "closed") return { state: "closed", failures: state.failures };
    const { failures } = state;
    const successes = state.kind === "half_open" ? state.successes : 0;
    return { state: "half_open", failures, successes, probing: this.#isProbing(state, now) };
  }

  /** Closed, without a memory; what is under way no longer counts. */
  reset(): void {
    this.#state = { kind: "closed", failures: 0 };
    this.#pause = undefined;
  }

  /** A permit counts only in the state that gave it: what began before a change says nothing about after it. */
  #permit(granted: State, probe?: Probe): Permit {
    let settled = false;
    return {
      settle: (outcome) => {
        if (settled) return;
        settled = true;
        const now = this.#clock();
        if (outcome.kind === "rate_limited") this.#pauseFor(outcome.retryAfterMs, now);
        if (this.#state === granted && this.#giveBack(granted, probe, now)) {
          this.#count(granted, outcome, now);
        }
      },
    };
  }

  /** False for a probe whose lease ran out: another may have its place. */
  #giveBack(state: State, probe: Probe | undefined, now: number): boolean {
    if (state.kind !== "half_open" || probe === undefined) return true;
    const leasedUntil = state.probes.get(probe);
    state.probes.delete(probe);
    return leasedUntil !== undefined && leasedUntil > now;
  }

  #count(state: State, outcome: Outcome, now: number): void {
    if (outcome.kind === "failure") this.#countFailure(state, outcome.category, now);
    if (outcome.kind !== "success") return;
    if (state.kind === "closed") state.failures = 0;
    if (state.kind !== "half_open") return;
    state.successes += 1;
    if (state.successes >= this.#limits().successThreshold) {
      this.#state = { kind: "closed", failures: 0 };
    }
  }

  #countFailure(state: State, category: string, now: number): void {
    state.failures += 1;
    if (state.kind === "closed" && state.failures < this.#limits().failureThreshold) return;
    const { failures } = state;
    const times = failures === 1 ? "1 failure" : `${failures} failures in a row`;
    const reason = `${times}, the last one: ${category.replaceAll("_", " ")}`;
    this.#state = { kind: "open", failures, openedAt: now, reason };
  }

  #pauseFor(retryAfterMs: number, now: number): void {
    const wanted = Number.isNaN(retryAfterMs) ? 0 : Math.max(0, retryAfterMs);
    const until = now + Math.min(wanted, LONGEST_PAUSE_MS);
    if (until <= (this.#pause?.until ?? now)) return;
    this.#pause = { since: now, until };
  }

  #pausedFor(now: number): number {
    return Math.max(0, (this.#pause?.until ?? now) - now);
  }

  #untilProbe(state: { openedAt: number }, now: number): number {
    return Math.max(0, state.openedAt + this.#limits().timeoutMs - now);
  }

  /** The probes under way, once it is time for them. */
  #probesAt(now: number): Map<Probe, number> | undefined {
    const state = this.#state;
    if (state.kind === "closed") return undefined;
    if (state.kind === "half_open") {
      dropExpired(state.probes, now);
      return state.probes;
    }
    if (this.#untilProbe(state, now) > 0) return undefined;
    const probes = new Map<Probe, number>();
    this.#state = { kind: "half_open", failures: state.failures, successes: 0, probes };
    return probes;
  }

  /** Whether every place for a probe is taken. */
  #isProbing(state: State, now: number): boolean {
    if (state.kind !== "half_open") return false;
    const leased = [...state.probes.values()].filter((until) => until > now);
    return leased.length >= this.#limits().halfOpenRequests;
  }
}

function opened({ failures, openedAt }: { failures: number; openedAt: number }, openFor: number) {
  return { state: "open" as const, failures, openedAt, retryAfterMs: openFor };
}

function dropExpired(probes: Map<Probe, number>, now: number): void {
  for (const [probe, until] of probes) if (until <= now) probes.delete(probe);
}
