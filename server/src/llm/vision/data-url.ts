import { ImageRefusal, type SizeLimit, tooLarge } from "./image-refusal.ts";

const HEAD = /^data:[^,]{0,200}?;base64$/i;

/**
 * Bytes of a `data:…;base64,…` URL. White space, a missing padding and the URL-safe alphabet are read, as RFC 2397
 * readers do; anything else that is no base64 is refused, and the size is checked before anything is decoded.
 */
export function readDataUrl(url: string, limit: SizeLimit): Buffer {
  const comma = url.indexOf(",");
  if (comma < 0 || !HEAD.test(url.slice(0, comma))) {
    throw new ImageRefusal('is a data: URL that does not begin like "data:image/png;base64,".');
  }
  const written = url.slice(comma + 1);
  const payload = /[\s%]/.test(written) ? withoutEscapes(written) : written;
  const unpadded = payload.length - paddingOf(payload);
  const size = Math.floor((unpadded * 3) / 4);
  if (size > limit.bytes) throw tooLarge(size, limit);
  const bytes = Buffer.from(payload, "base64");
  // Buffer skips what is no base64 and stops at a "=" inside; either way bytes are missing.
  if (bytes.length === 0 || bytes.length !== size || unpadded % 4 === 1) {
    throw new ImageRefusal("is broken: its data: URL is not valid base64.");
  }
  return bytes;
}

export function toDataUrl(bytes: Buffer, mimeType: string): string {
  return `data:${mimeType};base64,${bytes.toString("base64")}`;
}

function withoutEscapes(payload: string): string {
  return payload
    .replace(/%(2B|2F|3D)/gi, (encoded) => decodeURIComponent(encoded))
    .replace(/\s+/g, "");
}

function paddingOf(payload: string): number {
  if (payload.endsWith("==")) return 2;
  return payload.endsWith("=") ? 1 : 0;
}
