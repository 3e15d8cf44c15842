import { createHash } from "node:crypto";

/** Text as SQLite keeps it. Null stays null. */
export type V1Text = Uint8Array | null;
/** An id column: 16 bytes, or text. */
export type V1Id = Uint8Array | string | number | null;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** A text for version 2, and the bytes of the old one when they cannot be that text. */
export interface ReadText {
  text: string;
  original: Uint8Array | null;
}

/** UTF-8 without NUL, which no store of version 2 keeps. */
export function readText(bytes: Uint8Array): ReadText {
  try {
    const text = strict.decode(bytes);
    if (!text.includes("\0")) return { text, original: null };
    return { text: text.replaceAll("\0", ""), original: bytes };
  } catch {
    // Not UTF-8: what can be read is shown, the bytes are kept beside it.
    return { text: lenient.decode(bytes).replaceAll("\0", ""), original: bytes };
  }
}

export interface ReadId {
  /** A UUID in lower case with hyphens. */
  id: string;
  /** What stood there, when it was no UUID. */
  original: string | null;
}

const HEX = /^[0-9a-f]{32}$/;

function hyphenated(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Blobs of 16 bytes and any spelling of a UUID as one; anything else gets a UUID made of it. */
export function readId(value: V1Id): ReadId {
  if (value instanceof Uint8Array && value.byteLength === 16) {
    return { id: hyphenated(Buffer.from(value).toString("hex")), original: null };
  }
  const text = value instanceof Uint8Array ? lenient.decode(value) : String(value ?? "");
  const hex = text
    .toLowerCase()
    .replace(/^urn:uuid:/, "")
    .replaceAll(/[-{}]/g, "");
  if (HEX.test(hex)) return { id: hyphenated(hex), original: null };
  return { id: madeId(text), original: text };
}

/** The same UUID (version 8, RFC 9562) for the same text, so that a second run finds what the first one wrote. */
export function madeId(text: string): string {
  const hex = createHash("sha256").update(`sekha v1\n${text}`).digest("hex").slice(0, 32);
  return hyphenated(`${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17)}`);
}
