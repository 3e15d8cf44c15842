import { describe, expect, test } from "vitest";
import { RateLimiter, rateLimitCaller } from "./rate-limit.ts";

describe("a rate limit", () => {
  test("lets the burst through, then one by one as time passes", () => {
    const limiter = new RateLimiter({ perMinute: 60, burst: 2, trustProxy: false });
    expect(limiter.take("a", 0)).toMatchObject({ allowed: true, limit: 2, remaining: 1 });
    expect(limiter.take("a", 0)).toMatchObject({ allowed: true, remaining: 0, resetAt: 2000 });
    expect(limiter.take("a", 0)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
    expect(limiter.take("a", 1000)).toMatchObject({ allowed: true, remaining: 0 });
    expect(limiter.take("b", 1000)).toMatchObject({ allowed: true });
  });

  test("by the second has twice as much at once", () => {
    const limiter = new RateLimiter({ perMinute: 0, perSecond: 100, trustProxy: false });
    expect(limiter.take("a", 0)).toMatchObject({ limit: 200, remaining: 199 });
  });

  test("of nothing a minute is no limit", () => {
    expect(new RateLimiter({ perMinute: 0, trustProxy: false }).unlimited).toBe(true);
  });

  test("forgets the callers longest unseen beyond 10,000", () => {
    const limiter = new RateLimiter({ perMinute: 1, trustProxy: false });
    limiter.take("first", 0);
    for (let caller = 0; caller < 10_000; caller += 1) limiter.take(`caller ${caller}`, 0);
    expect(limiter.take("first", 0).allowed).toBe(true);
    expect(limiter.take("caller 9999", 0).allowed).toBe(false);
  });
});

describe("whose allowance a request uses", () => {
  const request = new Request("http://localhost/", {
    headers: { "x-forwarded-for": "1.1.1.1, 2.2.2.2" },
  });
  const context = { peerAddress: "10.0.0.9", injected: false };

  test("is the key's where there is one", () => {
    const principal = { owner: "local", keyId: "k", name: "laptop", scopes: [] };
    expect(rateLimitCaller(request, context, { principal, trustProxy: false })).toBe("key:k");
  });

  test("is the address's otherwise, as the proxy saw it only where one is trusted", () => {
    const principal = undefined;
    const address = (trustProxy: boolean) =>
      rateLimitCaller(request, context, { principal, trustProxy });
    expect(address(false)).toBe("address:10.0.0.9");
    expect(address(true)).toBe("address:2.2.2.2");
  });
});
