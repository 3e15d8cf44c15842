import type { HttpLogger } from "../../http/http-logger.ts";
import { jsonTextResponse } from "../../http/json-response.ts";
import { ResponseHeaders } from "../../http/response-headers.ts";
import { asRecord, type JsonRecord, parseLoose } from "../../protocols/loose-json.ts";
import { EventRewriter, NDJSON, SSE } from "./event-rewriter.ts";
import type { ProxyFace } from "./faces/proxy-face.ts";
import type { PreparedMemory } from "./proxy-memory.ts";
import { relayed } from "./relay.ts";
import { memoryMetadata, metadataHeader, withMetadata } from "./sekha-metadata.ts";

interface AnswerOptions {
  face: ProxyFace;
  memory: PreparedMemory;
  imageCount: number;
  logger: HttpLogger;
}

const METADATA_HEADER = "X-Sekha-Metadata";

/** The bridge's answer with what memory did; what it says is kept when it has been passed on. */
export async function answerOf(response: Response, options: AnswerOptions): Promise<Response> {
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
  { face, memory, metadata }: AnswerOptions & { metadata: JsonRecord },
): Promise<Response> {
  const text = await response.text();
  const answer = asRecord(parseLoose(text));
  const headers = Object.fromEntries(passedHeaders(response));
  if (answer === undefined) return new Response(text, { status: response.status, headers });
  void memory.capture(face.answered(answer));
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
    metadata,
    framing,
    logger,
  }: AnswerOptions & {
    metadata: JsonRecord;
    framing: typeof SSE;
  },
): Response {
  const reader = face.reader(metadata);
  const rewriter = new EventRewriter(framing, (data) => reader.take(data));
  const headers = new ResponseHeaders(Object.fromEntries(passedHeaders(response)));
  headers.set(METADATA_HEADER, metadataHeader(metadata));
  return relayed(response, {
    headers,
    pass: (piece) => rewriter.push(piece),
    rest: () => rewriter.rest(),
    ended: (error) => {
      if (error !== undefined) logger.info({ err: error }, "the bridge's stream broke off");
      void memory.capture(reader.answered());
    },
  });
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
