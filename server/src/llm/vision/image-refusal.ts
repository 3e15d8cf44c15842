import { SekhaError } from "../../core/errors.ts";

/**
 * An image that cannot be sent: the caller's mistake, said in words that go behind "Image 2". `images.ts` puts the
 * image's number in front.
 */
export class ImageRefusal extends SekhaError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super("invalid_request", message, options);
    this.name = "ImageRefusal";
  }
}

/** Most bytes of one image, and the configuration key that says so. */
export interface SizeLimit {
  bytes: number;
  key: string;
}

/** `bytes` undefined: the source did not say how large it is, only that it goes on. */
export function tooLarge(bytes: number | undefined, limit: SizeLimit): ImageRefusal {
  const size = bytes === undefined ? "is larger than" : `has ${sizeText(bytes)}, more than`;
  return new ImageRefusal(`${size} the limit of ${sizeText(limit.bytes)} (${limit.key}).`);
}

/** The narrower of two limits. */
export function narrower(first: SizeLimit, second: SizeLimit): SizeLimit {
  return second.bytes < first.bytes ? second : first;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [amount, unit] = bytes < 2 ** 20 ? [bytes / 1024, "KB"] : [bytes / 2 ** 20, "MB"];
  // Two digits, so that a size just beyond the limit does not read like the limit.
  return `${Number(amount.toFixed(2))} ${unit}`;
}
