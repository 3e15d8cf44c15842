export type ImageFormat = "jpg" | "png" | "gif" | "webp";

export const MIME_TYPES: Readonly<Record<ImageFormat, string>> = {
  jpg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
};

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPG = [0xff, 0xd8, 0xff];

/**
 * The format by its first bytes, the only thing a provider goes by as well; undefined: none of the four.
 * Source: the formats' own specifications (PNG §5.2, JFIF, GIF89a §17, RFC 9649 §2.4).
 */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  if (startsWith(bytes, PNG)) return "png";
  if (startsWith(bytes, JPG)) return "jpg";
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(12, bytes.byteLength)).toString(
    "latin1",
  );
  if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) return "gif";
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return "webp";
  return undefined;
}

/** Whether a model's list of formats has it; jpg and jpeg are one. */
export function takesFormat(formats: readonly string[], format: ImageFormat): boolean {
  return formats.some((name) => {
    const lower = name.toLowerCase();
    return lower === format || (lower === "jpeg" && format === "jpg");
  });
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
