import { FramingError } from "../stream-failure.ts";

const BYTES = 4;

/** Little-endian float32 as base64: what `encoding_format: "base64"` asks for. */
export function embeddingToBase64(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(vector.length * BYTES));
  vector.forEach((value, index) => {
    view.setFloat32(index * BYTES, value, true);
  });
  return Buffer.from(view.buffer).toString("base64");
}

/** @throws FramingError when the text is not base64 of whole float32 values. */
export function embeddingFromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  // Node's decoder skips what is not base64; then the length tells.
  const expected = Math.floor((text.replace(/=+$/, "").length * 3) / 4);
  if (bytes.length !== expected || bytes.length % BYTES !== 0) {
    throw new FramingError("malformed: the embedding is not base64 of float32 values");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / BYTES }, (_, index) =>
    view.getFloat32(index * BYTES, true),
  );
}

/**
 * An embedding in either form. Whether its values are finite is not looked at.
 *
 * @throws FramingError for anything but numbers or base64.
 */
export function readEmbedding(value: number[] | string): Float32Array {
  const loose: unknown = value;
  if (typeof loose === "string") return embeddingFromBase64(loose);
  if (!Array.isArray(loose) || !loose.every((item) => typeof item === "number")) {
    throw new FramingError("malformed: an embedding is neither a list of numbers nor base64");
  }
  return Float32Array.from(loose);
}
