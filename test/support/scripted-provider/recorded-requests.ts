import type { IncomingHttpHeaders } from "node:http";
import type { Json } from "./call.ts";
import type { FaultKind } from "./fault.ts";

/** One request as it arrived and how its exchange ended. Times are milliseconds since the epoch. */
export interface RecordedRequest {
  /** Counts from 1. */
  id: number;
  method: string;
  /** Without the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Json;
  /** From Authorization or x-api-key. */
  key: string | undefined;
  fault: FaultKind;
  startedAt: number;
  /** The whole answer is on its way; undefined while it is not. */
  endedAt: number | undefined;
  /** The client closed the connection before the answer was complete. */
  closedAt: number | undefined;
}

/** Epoch milliseconds of the monotonic clock. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Remembers the last so many. */
export class RecordedRequests {
  readonly list: RecordedRequest[] = [];
  readonly #keep: number;
  #count = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(request: Omit<RecordedRequest, "id" | "startedAt" | "endedAt" | "closedAt">) {
    this.#count += 1;
    const record: RecordedRequest = {
      id: this.#count,
      ...request,
      startedAt: now(),
      endedAt: undefined,
      closedAt: undefined,
    };
    if (this.#keep > 0) this.list.push(record);
    // In halves: moving a long list at every request would cost more than the answer.
    if (this.list.length > 2 * this.#keep) this.list.splice(0, this.list.length - this.#keep);
    return record;
  }

  clear(): void {
    this.list.length = 0;
  }
}
