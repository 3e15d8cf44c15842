import { expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const NOW = Date.UTC(2025, 10, 25, 12);

it.each([
  [{}, undefined],
  [{ "retry-after": "2" }, 2000],
  [{ "retry-after": "0.5" }, 500],
  [{ "retry-after": "Tue, 25 Nov 2025 12:01:00 GMT" }, 60_000],
  [{ "retry-after": "Tue, 25 Nov 2025 11:00:00 GMT" }, 0],
  [{ "retry-after": "soon" }, undefined],
  [{ "retry-after-ms": "40", "retry-after": "1" }, 40],
  // A day at most.
  [{ "retry-after": "99999999" }, 86_400_000],
  [{ "x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0" }, 360_000],
  [{ "x-ratelimit-reset-tokens": "1.5s", "x-ratelimit-remaining-tokens": "0" }, 1500],
  [{ "x-ratelimit-reset-requests": "20ms" }, 20],
  // The one that is not used up does not matter.
  [
    {
      "x-ratelimit-reset-requests": "24h",
      "x-ratelimit-remaining-requests": "7",
      "x-ratelimit-reset-tokens": "3s",
      "x-ratelimit-remaining-tokens": "0",
    },
    3000,
  ],
  [{ "x-ratelimit-reset": String(NOW + 5000) }, 5000],
  [{ "x-ratelimit-reset": String(NOW / 1000 + 7) }, 7000],
  [
    {
      "anthropic-ratelimit-tokens-reset": "2025-11-25T12:00:10Z",
      "anthropic-ratelimit-tokens-remaining": "0",
    },
    10_000,
  ],
])("reads %j", (headers, expected) => {
  expect(retryAfterMs(headers, NOW)).toBe(expected);
});
