import type { Fault, FaultMatch } from "./fault.ts";

export interface Seen {
  path: string;
  model: string;
  key: string | undefined;
  /** A chat or embedding call. */
  work: boolean;
}

interface Rule {
  fault: Fault;
  match: FaultMatch;
  left: number;
  /** Of a flapping fault: its first request. */
  since: number | undefined;
  met: number;
}

const NONE: Fault = { kind: "none" };

/** Which fault the next request meets. */
export class Script {
  #rules: Rule[] = [];
  readonly #now: () => number;

  /** `now` in milliseconds, of any origin. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** One fault stays until clear(); a list is used up one a request. `times` changes either. */
  add(faults: Fault | readonly Fault[], match: FaultMatch = {}): void {
    const single = !Array.isArray(faults);
    for (const fault of single ? [faults as Fault] : (faults as readonly Fault[])) {
      const left = match.times ?? (single ? Number.POSITIVE_INFINITY : 1);
      this.#rules.push({ fault, match, left, since: undefined, met: 0 });
    }
  }

  clear(): void {
    this.#rules = [];
  }

  /** The oldest rule that fits decides, and is used up by one. */
  take(seen: Seen): Fault {
    const rule = this.#rules.find((one) => one.left > 0 && fits(one.match, seen));
    if (rule === undefined) return NONE;
    rule.left -= 1;
    rule.met += 1;
    return rule.fault.kind === "flapping" ? this.#flap(rule, rule.fault.ms) : rule.fault;
  }

  #flap(rule: Rule, ms: number): Fault {
    rule.since ??= this.#now();
    const over = this.#now() - rule.since >= ms;
    return over || rule.met % 2 === 0 ? NONE : { kind: "server_error", status: 503 };
  }
}

function fits(match: FaultMatch, seen: Seen): boolean {
  if (match.path === undefined ? !seen.work : !seen.path.includes(match.path)) return false;
  if (match.model !== undefined && match.model !== seen.model) return false;
  return match.key === undefined || match.key === seen.key;
}
