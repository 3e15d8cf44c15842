import { SekhaError } from "../core/errors.ts";
import type { HttpRequest } from "./http-request.ts";

function tooLarge(limit: number): SekhaError {
  const size = limit >= 1_048_576 ? `${Math.floor(limit / 1_048_576)} MB` : `${limit} bytes`;
  return new SekhaError(
    "payload_too_large",
    `The body is larger than ${size}. Send it in parts, or raise the body limit of the server.`,
  );
}

/** Refuses by the announced length, before anything is read. */
export function checkAnnouncedLength(request: HttpRequest, limit: number): void {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
}

/**
 * The whole body, at most `limit` bytes: counted while it comes in, since a length may be
 * missing or a lie. Rejects with `payload_too_large`, or `invalid_request` when it breaks off.
 */
export async function readBytes(request: HttpRequest, limit: number): Promise<Uint8Array> {
  checkAnnouncedLength(request, limit);
  if (request.headers.has("content-length")) return readAnnounced(request, limit);
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await readChunk(reader);
    if (done) return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
    length += value.byteLength;
    if (length > limit) {
      // Fire and forget: whether the sender stops or not, its bytes are no longer kept.
      reader.cancel().catch(() => undefined);
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
}

/** The quick way: a socket never gives more than was announced, and no stream of the web is made for it. */
async function readAnnounced(request: HttpRequest, limit: number): Promise<Uint8Array> {
  try {
    const bytes = await request.bytes();
    if (bytes.byteLength > limit) throw tooLarge(limit);
    return bytes;
  } catch (cause) {
    if (cause instanceof SekhaError) throw cause;
    throw brokeOff(cause);
  }
}

async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw brokeOff(cause);
  }
}

function brokeOff(cause: unknown): SekhaError {
  return new SekhaError("invalid_request", "The body broke off before its end.", { cause });
}
