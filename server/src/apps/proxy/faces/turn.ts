import { createHash } from "node:crypto";
import type { ProxyTurn } from "../proxy-memory.ts";

/** A turn as a face found it in its protocol. */
export interface TurnParts {
  role: ProxyTurn["role"];
  /** Texts in their order; empty ones count for nothing. */
  texts: readonly string[];
  name?: string | undefined;
  toolCalls?: readonly TurnToolCall[];
  /** Addresses of images, data URLs included. */
  images?: readonly string[];
  /** Other parts, which memory does not keep, as they came. */
  others?: readonly unknown[];
}

interface TurnToolCall {
  name: string;
  /** JSON text, or what was parsed of it. */
  arguments: unknown;
}

/**
 * A turn of any protocol. Its canonical spelling leaves out what clients change or drop when they send a turn again:
 * ids, cache marks, thoughts, blanks at the ends, and whether a text came as one part.
 */
export function turnOf(parts: TurnParts): ProxyTurn {
  const { role, name, toolCalls = [], images = [], others = [] } = parts;
  const said = parts.texts.filter((text) => text !== "").join("\n");
  const calls = toolCalls.map((call) => [call.name, compactJson(call.arguments)] as const);
  const called = calls.map(([tool, input]) => `Called ${tool} with ${input}`);
  const rest = [...images, ...others.map((part) => JSON.stringify(part))];
  return {
    role,
    text: [said, ...called].filter((text) => text !== "").join("\n"),
    name: name === undefined || name === "" ? null : name,
    canonical: JSON.stringify([role, said.trim(), calls, rest.map(fingerprint)]),
    parts: images.length === 0 ? null : contentParts(said, images),
  };
}

function contentParts(text: string, images: readonly string[]): unknown[] {
  return [
    ...(text === "" ? [] : [{ type: "text", text }]),
    ...images.map((url) => ({ type: "image_url", image_url: { url } })),
  ];
}

/** Without the blanks that depend on who wrote it; what is no JSON stays. */
function compactJson(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value ?? {});
  try {
    return value === "" ? "{}" : JSON.stringify(JSON.parse(value));
  } catch {
    // A model's broken arguments, or those of an answer that was cut.
    return value;
  }
}

function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
