import type { BreakerLimits } from "../circuit-breaker.ts";
import type { BreakerView, Outcome } from "../permits.ts";

export interface ReferencePermit {
  era: number;
  id: number;
}

/** The specification as plainly as possible: flat fields, one number for the era that a permit belongs to. */
export class ReferenceBreaker {
  now = 0;
  era = 0;
  failures = 0;
  successes = 0;
  trippedAt: number | null = null;
  trial = false;
  pausedUntil = 0;
  probes: { id: number; expires: number }[] = [];
  #ids = 0;
  readonly limits: BreakerLimits;

  constructor(limits: BreakerLimits) {
    this.limits = limits;
  }

  state(): "closed" | "waiting" | "probing" {
    if (this.trippedAt === null) return "closed";
    if (!this.trial && this.now < this.trippedAt + this.limits.timeoutMs) return "waiting";
    return "probing";
  }

  busy(): number {
    return this.trial ? this.probes.filter(({ expires }) => expires > this.now).length : 0;
  }

  acquire(): ReferencePermit | null {
    if (this.now < this.pausedUntil) return null;
    const state = this.state();
    if (state === "waiting") return null;
    if (state === "probing" && this.busy() >= this.limits.halfOpenRequests) return null;
    if (state === "probing" && !this.trial) {
      this.era += 1;
      this.trial = true;
      this.successes = 0;
      this.probes = [];
    }
    this.#ids += 1;
    if (state === "probing") {
      this.probes.push({ id: this.#ids, expires: this.now + this.limits.probeLeaseMs });
    }
    return { era: this.era, id: this.#ids };
  }

  settle({ era, id }: ReferencePermit, outcome: Outcome): void {
    if (outcome.kind === "rate_limited") {
      this.pausedUntil = Math.max(this.pausedUntil, this.now + outcome.retryAfterMs);
    }
    if (era !== this.era) return;
    if (this.trial) {
      const probe = this.probes.find((one) => one.id === id);
      this.probes = this.probes.filter((one) => one !== probe);
      if (probe === undefined || probe.expires <= this.now) return;
    }
    if (outcome.kind === "success") this.succeed();
    if (outcome.kind === "failure") this.fail();
  }

  succeed(): void {
    if (!this.trial) this.failures = 0;
    else {
      this.successes += 1;
      if (this.successes === this.limits.successThreshold) this.close();
    }
  }

  fail(): void {
    this.failures += 1;
    if (!this.trial && this.failures < this.limits.failureThreshold) return;
    this.era += 1;
    this.trial = false;
    this.trippedAt = this.now;
  }

  close(): void {
    this.era += 1;
    this.trial = false;
    this.trippedAt = null;
    this.failures = 0;
  }

  reset(): void {
    this.close();
    this.pausedUntil = 0;
  }

  expectedView(): Partial<BreakerView> {
    const paused = Math.max(0, this.pausedUntil - this.now);
    const state = this.state();
    const waits =
      state === "waiting" ? (this.trippedAt ?? 0) + this.limits.timeoutMs - this.now : 0;
    const { failures } = this;
    if (Math.max(waits, paused) > 0) {
      const cause = waits >= paused ? "failures" : "rate_limited";
      return { state: "open", failures, retryAfterMs: Math.max(waits, paused), cause };
    }
    if (state === "closed") return { state, failures };
    const successes = this.trial ? this.successes : 0;
    const probing = this.busy() >= this.limits.halfOpenRequests;
    return { state: "half_open", failures, successes, probing };
  }
}
