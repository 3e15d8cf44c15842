import { z } from "zod";

const bytesPerUnit: Record<string, number> = { "": 1, B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };
const sizePattern = /^(\d+(?:\.\d+)?) ?([KMG]?)(?:I?B)?$/i;
const sizeMessage = 'must be a size such as "10 MB" or a number of bytes';

export function text() {
  return z.string().min(1);
}

/** Text that must never be printed; `writeOnly` is JSON Schema's word for it. */
export function secret(description: string) {
  return z.string().min(1).meta({ description, writeOnly: true });
}

/** 0 asks the operating system for a free port. */
export function port(fallback: number) {
  return z.int().min(0).max(65_535).default(fallback);
}

export function httpUrl(example: string) {
  return z.string().refine(isHttpUrl, `must be an http or https URL such as ${example}`);
}

/** Seconds, fractions allowed. */
export function seconds() {
  return z.number().positive().max(86_400);
}

/** A number of bytes, or text such as "10 MB" (1 MB is 1,048,576 bytes). */
export function byteSize(fallback: string) {
  return z
    .union([z.int().positive(), z.string().regex(sizePattern, sizeMessage)], {
      error: sizeMessage,
    })
    .transform(parseByteSize)
    .refine((bytes) => bytes >= 1, "must be at least one byte")
    .prefault(fallback);
}

/** One name or a list of names; the result is always a list. */
export function oneOrMany(item: z.ZodString, error: string) {
  return z
    .union([item, z.array(item).min(1)], { error })
    .transform((value) => (typeof value === "string" ? [value] : value));
}

/** `writtenSize` has matched the pattern, or is a number of bytes already. */
function parseByteSize(writtenSize: number | string): number {
  if (typeof writtenSize === "number") return writtenSize;
  const [, amount = "", prefix = ""] = sizePattern.exec(writtenSize) ?? [];
  const unit = prefix === "" ? "" : `${prefix.toUpperCase()}B`;
  return Math.floor(Number(amount) * (bytesPerUnit[unit] ?? 1));
}

function isHttpUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:");
}
