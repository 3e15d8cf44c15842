import { createHash } from "node:crypto";
import type { ReceivedImage } from "./call.ts";

const MAGIC: readonly [mime: string, hex: string][] = [
  ["image/png", "89504e47"],
  ["image/jpeg", "ffd8ff"],
  ["image/gif", "47494638"],
  ["image/webp", "52494646"],
];

/** From a URL as OpenAI-shaped requests have it: a data URL or a place to fetch from. */
export function imageFromUrl(url: string): ReceivedImage {
  const data = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s.exec(url);
  if (data === null) return { form: "URL", mime: "unknown", size: 0, sha: shortHash(url) };
  return { ...imageFromBase64(data[2] ?? ""), form: "data URL" };
}

/** The type is read from the bytes, not believed. */
export function imageFromBase64(base64: string): ReceivedImage {
  const bytes = Buffer.from(base64, "base64");
  const hex = bytes.toString("hex", 0, 4);
  const mime = MAGIC.find(([, magic]) => hex.startsWith(magic))?.[0] ?? "unknown";
  return { form: "base64", mime, size: bytes.length, sha: shortHash(bytes) };
}

function shortHash(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 8);
}
