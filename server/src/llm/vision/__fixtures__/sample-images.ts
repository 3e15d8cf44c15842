/** One pixel each, whole files. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
export const GIF = Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64");
/** Only their beginnings: nothing here decodes them. */
export const JPG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1]);
export const WEBP = Buffer.from("RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0", "latin1");

export function pngUrl(): string {
  return `data:image/png;base64,${PNG.toString("base64")}`;
}

/** A PNG's head with so many bytes in all. */
export function pngOf(bytes: number): Buffer {
  return Buffer.concat([PNG.subarray(0, 8), Buffer.alloc(bytes - 8)]);
}
