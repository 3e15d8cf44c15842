import { SekhaError, unreachableBridge } from "../../core/errors.ts";
import type { RouteCall } from "../../http/route-binding.ts";

/** A request for the bridge, with who makes it. */
export interface BridgeRequest {
  method: string;
  /** Path and query, as the client sent them. */
  path: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer> | undefined;
  call: RouteCall;
  /** Ends the work behind the answer, also while it streams. */
  signal: AbortSignal;
}

/** The bridge: in this process or in another. */
export interface BridgeTarget {
  /** Where it is, for people. */
  url: string;
  fetch(request: BridgeRequest): Promise<Response>;
}

/**
 * Of a client's headers, what the bridge understands. Not its key: that one is Sekha's, and whom it belongs to travels
 * beside the request.
 */
const PASSED_ON = [
  "content-type",
  "accept",
  "user-agent",
  "anthropic-version",
  "anthropic-beta",
  "x-sekha-task",
  "x-sekha-max-cost",
  "x-sekha-commit",
];

export interface ForwardOptions {
  bridge: BridgeTarget;
  /** Until the answer begins. */
  timeoutMs: number;
}

/**
 * Passes a client's request on to the route of the same name. Rejects with `bridge_unavailable` when nothing answers in
 * time.
 */
export async function forward(
  call: RouteCall,
  body: Uint8Array<ArrayBuffer> | undefined,
  { bridge, timeoutMs }: ForwardOptions,
): Promise<Response> {
  const { pathname, search } = new URL(call.request.url);
  const ended = new AbortController();
  const end = () => ended.abort(call.signal.reason);
  if (call.signal.aborted) end();
  else call.signal.addEventListener("abort", end, { once: true });
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), timeoutMs);
  try {
    const { method } = call.request;
    const headers = headersFor(call, body);
    const path = pathname + search;
    const sent = bridge.fetch({ method, path, headers, body, call, signal: ended.signal });
    const response = await Promise.race([sent, late.promise]);
    if (response !== "late") return response;
    sent.catch(() => undefined);
    ended.abort();
    throw unavailable(
      `The LLM bridge gave no answer within ${timeoutMs / 1000} s. Try again, or raise proxy.llm_timeout_secs (LLM_TIMEOUT).`,
    );
  } catch (error) {
    if (call.signal.aborted || error instanceof SekhaError) throw error;
    throw unavailable(`Bridge error: the ${unreachableBridge(bridge.url, error)}`);
  } finally {
    clearTimeout(timer);
  }
}

function headersFor({ request, requestId }: RouteCall, body: Uint8Array | undefined): Headers {
  const headers = new Headers({ "x-request-id": requestId });
  for (const name of PASSED_ON) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (body !== undefined) headers.set("content-length", String(body.byteLength));
  return headers;
}

function unavailable(message: string): SekhaError {
  return new SekhaError("bridge_unavailable", message);
}
