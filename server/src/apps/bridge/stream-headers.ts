import { type Account, accountHeaders } from "./routing-metadata.ts";

/** A comment: every reader of server-sent events passes over it. */
export const SSE_HEARTBEAT = ": keep-alive\n\n";

/** No proxy in between may store, join or compress the events. */
const STREAMING = { "Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no" };

type Begun = Pick<Account, "served" | "overheadMs">;

export function eventStreamHeaders(begun: Begun): Record<string, string> {
  return {
    "Content-Type": "text/event-stream; charset=utf-8",
    ...STREAMING,
    ...accountHeaders({ ...begun, cost: costSoFar(begun) }),
  };
}

export function ndjsonHeaders(begun: Begun): Record<string, string> {
  return {
    "Content-Type": "application/x-ndjson",
    ...STREAMING,
    ...accountHeaders({ ...begun, cost: costSoFar(begun) }),
  };
}

/** Headers go before the answer: only what is free has its cost by then. */
function costSoFar({ served }: Begun): bigint | undefined {
  return served.estimate === 0n ? 0n : undefined;
}
