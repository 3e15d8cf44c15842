import { SekhaError } from "../core/errors.ts";

/** Rejects a path or query whose percent-encoding does not decode: routers would guess. */
export function checkPercentEncoding(url: string): void {
  if (!url.includes("%")) return;
  try {
    decodeURIComponent(url);
  } catch (cause) {
    throw new SekhaError(
      "invalid_request",
      "The URL has a % that begins no valid UTF-8 sequence. Write a literal % as %25.",
      { cause },
    );
  }
}
