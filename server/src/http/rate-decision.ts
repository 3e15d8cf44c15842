/** What the rate limit says of one request. */
export interface RateDecision {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Milliseconds since the epoch at which the whole allowance is back. */
  resetAt: number;
  /** Seconds until the next request passes; 0 when allowed. */
  retryAfterSeconds: number;
}
