import { gzipSync } from "node:zlib";
import { type Answer, type Frame, textAnswer } from "./answer.ts";
import type { Dialect, ErrorKind } from "./dialect.ts";
import { errorAnswer, type Twist } from "./endpoints.ts";
import type { Fault, RetryAfter } from "./fault.ts";
import type { Performance, Step } from "./performance.ts";
import type { Reply } from "./reply.ts";

/** What a fault makes of what is said. */
export function twistOf(fault: Fault): Twist {
  switch (fault.kind) {
    case "served_model":
      return { model: fault.model };
    case "bad_vectors":
      return { vectors: fault.form };
    case "empty":
      return { reply: (reply) => shortened(reply, 0) };
    case "content_filter":
      return {
        reply: (reply) => ({
          ...shortened(reply, fault.afterTokens ?? 0),
          finish: "content_filter",
        }),
      };
    default:
      return {};
  }
}

function shortened(reply: Reply, length: number): Reply {
  const tokens = reply.tokens.slice(0, length);
  return { ...reply, tokens, toolCalls: [], usage: { ...reply.usage, completion: tokens.length } };
}

const PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Sign in</body></html>";

/** The answer that stands in for the right one; undefined when the fault leaves it. */
export function replacementFor(
  fault: Fault,
  { dialect, model, endsWithAssistant }: Replaced,
): Answer | undefined {
  const error = errorOf(fault, endsWithAssistant);
  if (error !== undefined) return errorAnswer(dialect, error.kind, { model, ...error });
  switch (fault.kind) {
    case "empty":
      return fault.form === "content" ? undefined : plain(200, "", "application/json");
    case "html":
      return plain(fault.status ?? 200, PAGE, "text/html; charset=utf-8");
    case "answer":
      return textAnswer(fault.body, {
        status: fault.status,
        headers: { "content-type": "application/json", ...fault.headers },
      });
    default:
      return undefined;
  }
}

interface Replaced {
  dialect: Dialect;
  model: string;
  endsWithAssistant: boolean;
}

function plain(status: number, body: string, type: string): Answer {
  return textAnswer(body, { status, headers: { "content-type": type } });
}

interface ErrorFault {
  kind: ErrorKind;
  status?: number | undefined;
  headers?: Record<string, string>;
}

function errorOf(fault: Fault, endsWithAssistant: boolean): ErrorFault | undefined {
  switch (fault.kind) {
    case "rate_limited":
      return { kind: "rate_limited", headers: retryHeaders(fault.retryAfter) };
    case "server_error": {
      const { status, retryAfter } = fault;
      const kind = status === 503 || status === 529 ? "overloaded" : "server_error";
      return { kind, status, headers: retryHeaders(retryAfter) };
    }
    case "refuses_prefill":
      return endsWithAssistant ? { kind: "refuses_prefill" } : undefined;
    case "content_filter":
      return fault.form === "finish" ? undefined : { kind: "content_filter" };
    case "quota_exceeded":
    case "unauthorized":
    case "payment_required":
    case "forbidden":
    case "model_not_found":
    case "context_length":
    case "invalid_request":
      return { kind: fault.kind };
    default:
      return undefined;
  }
}

function retryHeaders(after: RetryAfter | undefined): Record<string, string> {
  if (after === undefined) return {};
  if (after.form === "ms") return { "retry-after-ms": String(after.ms) };
  if (after.form === "seconds") return { "retry-after": String(Math.ceil(after.ms / 1000)) };
  return { "retry-after": new Date(Date.now() + after.ms).toUTCString() };
}

/** How an answer is sent under a fault. */
export function performanceOf(
  answer: Answer,
  fault: Fault,
  { dialect, model, tokenDelayMs }: { dialect: Dialect; model: string; tokenDelayMs: number },
): Performance {
  const { status, stream } = answer;
  if (fault.kind === "reset") return { status, headers: null, steps: [{ do: "reset" }] };
  if (fault.kind === "silence") return { status, headers: null, steps: [{ do: "hang" }] };
  const steps = stepsOf(answer, fault, {
    errorFrame: () =>
      stream
        ? dialect.errorFrame(model)
        : JSON.stringify(dialect.error("server_error", { model }).body),
    delay: stream ? tokenDelayMs : 0,
  });
  const headers = { ...answer.headers, ...(stream ? {} : lengthOf(answer.frames, fault)) };
  if (fault.kind === "gzip") return gzipped({ status, headers, steps });
  if (fault.kind === "slow_body") return { status, headers, steps: trickle(steps, fault) };
  if (fault.kind === "wrong_length" && stream) {
    return { status, headers: { ...headers, ...lengthOf(answer.frames, fault) }, steps };
  }
  return fault.kind === "slow_headers"
    ? { status, headers, steps, waitMs: fault.ms }
    : { status, headers, steps };
}

/** A body that ends early on purpose cannot promise its length. */
function lengthOf(frames: readonly Frame[], fault: Fault): Record<string, string | number> {
  if (fault.kind === "clean_end" || fault.kind === "error_event") return {};
  if (fault.kind === "malformed_chunk") return {};
  const length = frames.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (fault.kind !== "wrong_length") return { "content-length": length };
  return { "content-length": Math.max(0, length + fault.by), connection: "close" };
}

function gzipped({ status, headers, steps }: Performance): Performance {
  const bodies = steps.flatMap((step) => (step.do === "write" ? [step.data] : []));
  const data = gzipSync(bodies.join(""));
  return {
    status,
    headers: { ...headers, "content-encoding": "gzip", "content-length": data.length },
    steps: [{ do: "write", data }],
  };
}

function trickle(
  steps: readonly Step[],
  { bytes, everyMs }: { bytes: number; everyMs: number },
): Step[] {
  const all = Buffer.concat(
    steps.flatMap((step) => (step.do === "write" ? [Buffer.from(step.data)] : [])),
  );
  const parts = Math.ceil(all.length / bytes);
  return Array.from({ length: parts }, (_, at): Step[] => [
    { do: "write", data: all.subarray(at * bytes, (at + 1) * bytes) },
    { do: "wait", ms: everyMs },
  ]).flat();
}

interface Extra {
  errorFrame: () => string;
  /** Milliseconds before each token. */
  delay: number;
}

function stepsOf({ frames, stream }: Answer, fault: Fault, extra: Extra): Step[] {
  const write = (frame: Frame): Step[] => {
    const data: Step = { do: "write", data: frame.text };
    return frame.part === "token" && extra.delay > 0
      ? [{ do: "wait", ms: extra.delay }, data]
      : [data];
  };
  const before = (tokens: number) => frames.slice(0, cutAt(frames, tokens)).flatMap(write);
  const after = (tokens: number) => frames.slice(cutAt(frames, tokens));
  switch (fault.kind) {
    case "slow_first_token":
      return stream
        ? [...before(0), { do: "wait", ms: fault.ms }, ...after(0).flatMap(write)]
        : [{ do: "wait", ms: fault.ms }, ...frames.flatMap(write)];
    case "cut":
      return [...before(fault.afterTokens), { do: "cut" }];
    case "wrong_length":
      return fault.by > 0 ? [...frames.flatMap(write), { do: "cut" }] : frames.flatMap(write);
    case "clean_end":
      return before(fault.afterTokens);
    case "stall":
      return [
        ...before(fault.afterTokens),
        { do: "wait", ms: fault.ms },
        ...after(fault.afterTokens).flatMap(write),
      ];
    case "malformed_chunk":
      return [...before(fault.afterTokens), ...broken(after(fault.afterTokens)).flatMap(write)];
    case "no_done":
      return frames.filter(({ part }) => part !== "end" || !stream).flatMap(write);
    case "error_event":
      return [
        ...(stream ? before(fault.afterTokens ?? 0) : []),
        { do: "write", data: extra.errorFrame() },
      ];
    default:
      return frames.flatMap(write);
  }
}

/** Where so many tokens have been; a whole answer has no tokens and is cut in its middle. */
function cutAt(frames: readonly Frame[], tokens: number): number {
  if (!frames.some(({ part }) => part === "token")) return 1;
  let met = 0;
  const at = frames.findIndex(({ part }) => {
    if (part !== "token") return met >= tokens && part !== "start";
    met += 1;
    return met > tokens;
  });
  return at < 0 ? frames.length : at;
}

/** Half of the first chunk; its line end stays, so that the next one can be read. */
function broken([first, ...others]: readonly Frame[]): Frame[] {
  if (first === undefined) return [];
  const end = /\n*$/.exec(first.text)?.[0] ?? "";
  const half = first.text.slice(0, Math.ceil(first.text.length / 2)).trimEnd();
  return [{ ...first, text: `${half}${end}` }, ...others];
}
