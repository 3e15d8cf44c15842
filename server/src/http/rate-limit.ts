import type { HttpRequest } from "./http-request.ts";
import { isLoopback } from "./local-caller.ts";
import type { RateDecision } from "./rate-decision.ts";
import type { Principal, RequestContext } from "./request-context.ts";

/** Beyond this the callers longest unseen are forgotten; each costs about 100 bytes. */
const MAXIMUM_BUCKETS = 10_000;

export interface RateLimitOptions {
  /** Sustained requests a minute for each caller; 0 for no limit. */
  perMinute: number;
  /** Sustained requests a second; wins over `perMinute`. */
  perSecond?: number;
  /** Requests at once after a rest; a minute's worth (a second's twice) when absent. */
  burst?: number;
  /** Whether a trusted proxy in front writes X-Forwarded-For. */
  trustProxy: boolean;
  /** No limit for callers on this machine that need no key: it is their own. */
  exemptLoopback?: boolean;
}

interface Bucket {
  tokens: number;
  updatedAt: number;
}

/** Token buckets by caller, bounded in number. */
export class RateLimiter {
  readonly #perMillisecond: number;
  readonly #capacity: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    const { perSecond, perMinute, burst } = options;
    this.#perMillisecond = perSecond === undefined ? perMinute / 60_000 : perSecond / 1000;
    this.#capacity = Math.max(1, burst ?? (perSecond === undefined ? perMinute : perSecond * 2));
  }

  get unlimited(): boolean {
    return this.#perMillisecond <= 0;
  }

  /** Takes one request from the caller's allowance. `now` in milliseconds. */
  take(caller: string, now: number): RateDecision {
    const bucket = this.#bucketOf(caller, now);
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    return {
      allowed,
      limit: Math.floor(this.#capacity),
      remaining: Math.floor(bucket.tokens),
      resetAt: now + (this.#capacity - bucket.tokens) / this.#perMillisecond,
      retryAfterSeconds: allowed
        ? 0
        : Math.max(1, Math.ceil((1 - bucket.tokens) / this.#perMillisecond / 1000)),
    };
  }

  /** Refilled. */
  #bucketOf(caller: string, now: number): Bucket {
    const known = this.#buckets.get(caller);
    if (known !== undefined) {
      const idle = Math.max(0, now - known.updatedAt);
      known.tokens = Math.min(this.#capacity, known.tokens + idle * this.#perMillisecond);
      known.updatedAt = now;
      return known;
    }
    const bucket = { tokens: this.#capacity, updatedAt: now };
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > MAXIMUM_BUCKETS) this.#forgetUnseen(caller);
    return bucket;
  }

  /** A tenth at a time, since it takes a look at all of them. */
  #forgetUnseen(newest: string): void {
    const others = [...this.#buckets].filter(([caller]) => caller !== newest);
    const longestUnseen = others.toSorted(([, a], [, b]) => a.updatedAt - b.updatedAt);
    for (const [caller] of longestUnseen.slice(0, MAXIMUM_BUCKETS / 10)) {
      this.#buckets.delete(caller);
    }
  }
}

/** Whose allowance a request uses: the key's, else the address's. */
export function rateLimitCaller(
  request: HttpRequest,
  context: RequestContext,
  options: { principal: Principal | undefined; trustProxy: boolean },
): string {
  const keyId = options.principal?.keyId;
  if (keyId) return nameOfKey(keyId);
  const forwarded = options.trustProxy ? forwardedAddress(request) : null;
  const address = forwarded ?? context.peerAddress;
  return isLoopback(address) ? "address:loopback" : `address:${address ?? "unknown"}`;
}

/** Of the last key: to put a name together and hash it takes longer than to count a request. */
const lastKey = { keyId: "", name: "key:" };

function nameOfKey(keyId: string): string {
  if (keyId !== lastKey.keyId) Object.assign(lastKey, { keyId, name: `key:${keyId}` });
  return lastKey.name;
}

/** The last address is the one the trusted proxy itself saw; those before can be invented. */
function forwardedAddress(request: HttpRequest): string | null {
  const last = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  return last === "" ? null : last.slice(0, 64);
}
