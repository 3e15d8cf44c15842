import { Answer, type HttpAnswer } from "../../http/answer.ts";
import type { HttpLogger } from "../../http/http-logger.ts";
import { jsonTextResponse } from "../../http/json-response.ts";
import { asRecord, type JsonRecord, parseLoose } from "../../protocols/loose-json.ts";
import { EventRewriter, NDJSON, SSE } from "./event-rewriter.ts";
import type { ProxyFace } from "./faces/proxy-face.ts";
import type { PreparedMemory } from "./proxy-memory.ts";
import { relayed } from "./relay.ts";
import { memoryMetadata, metadataHeader, withMetadata } from "./sekha-metadata.ts";

interface AnswerOptions {
  face: ProxyFace;
  memory: PreparedMemory;
  /** Whether what is said is to be kept. */
  keeps: boolean;
  imageCount: number;
  logger: HttpLogger;
}

const METADATA_HEADER = "X-Sekha-Metadata";
/** So long the end of an answer waits for the disk at most. */
const LONGEST_WAIT_MS = 1000;

/**
 * The bridge's answer with what memory did. Before its end is passed on, what it says is safe on disk: what a client was
 * answered is kept even if the proxy is killed at that moment.
 */
export async function answerOf(response: Response, options: AnswerOptions): Promise<HttpAnswer> {
  // A failure says what it says; nobody answered, so there is nothing to keep.
  if (!response.ok || response.body === null) return response;
  const metadata = memoryMetadata(options.memory.report, options.imageCount);
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream"))
    return streamed(response, { ...options, metadata, framing: SSE });
  if (type.startsWith("application/x-ndjson")) {
    return streamed(response, { ...options, metadata, framing: NDJSON });
  }
  return whole(response, { ...options, metadata });
}

async function whole(
  response: Response,
  { face, memory, keeps, metadata }: AnswerOptions & { metadata: JsonRecord },
): Promise<HttpAnswer> {
  const text = await response.text();
  const answer = asRecord(parseLoose(text));
  const headers = Object.fromEntries(passedHeaders(response));
  if (answer === undefined) return new Answer(text, { status: response.status, headers });
  const captured = memory.capture(face.answered(answer));
  if (keeps) await inTime(captured);
  return jsonTextResponse(withMetadata(text, answer, metadata), {
    status: response.status,
    headers,
  });
}

function streamed(
  response: Response,
  {
    face,
    memory,
    keeps,
    metadata,
    framing,
    logger,
  }: AnswerOptions & {
    metadata: JsonRecord;
    framing: typeof SSE;
  },
): HttpAnswer {
  const reader = face.reader(metadata);
  const rewriter = new EventRewriter(framing, (data) => reader.take(data));
  let captured: Promise<void> | undefined;
  const keep = () => {
    captured ??= memory.capture(reader.answered());
    return captured;
  };
  const headers = {
    ...Object.fromEntries(passedHeaders(response)),
    [METADATA_HEADER]: metadataHeader(metadata),
  };
  return relayed(response, {
    headers,
    pass: async (piece) => {
      const bytes = rewriter.push(piece);
      if (keeps && reader.isComplete) await inTime(keep());
      return bytes;
    },
    rest: () => rewriter.rest(),
    ended: (error) => {
      if (error !== undefined) logger.info({ err: error }, "the bridge's stream broke off");
      void keep();
    },
  });
}

/** A disk that hangs does not keep an answer from its client. */
async function inTime(captured: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, LONGEST_WAIT_MS);
  await Promise.race([captured, late.promise]);
  clearTimeout(timer);
}

/** Of one connection, or of bytes that fetch has changed. */
const NOT_PASSED = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-encoding",
  "content-length",
  "date",
]);

function* passedHeaders({ headers }: Response): Generator<[string, string]> {
  for (const [name, value] of headers) {
    if (!NOT_PASSED.has(name.toLowerCase())) yield [name, value];
  }
}
