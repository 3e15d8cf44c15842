import type { JsonSchema } from "./schema-sample.ts";

/** How an image arrived. */
export interface ReceivedImage {
  form: "data URL" | "URL" | "base64";
  mime: string;
  /** Bytes; 0 for a URL. */
  size: number;
  /** First eight hex digits of the SHA-256 of the bytes, or of the URL. */
  sha: string;
}

/** What a chat request asks for, whoever's format it came in. */
export interface ChatCall {
  model: string;
  stream: boolean;
  /** Text of the last user message. */
  prompt: string;
  /** Characters of all texts. */
  characters: number;
  images: ReceivedImage[];
  tools: { name: string; parameters: JsonSchema }[];
  /** auto, none, required, or the name of the one to use. */
  toolChoice: { mode: "auto" | "none" | "required" } | { mode: "named"; name: string };
  /** Content of the tool results after the last assistant message. */
  toolResults: string[];
  schema: JsonSchema | undefined;
  maxTokens: number | undefined;
  includeUsage: boolean;
  endsWithAssistant: boolean;
}

export interface EmbedCall {
  model: string;
  texts: string[];
  dimensions: number | undefined;
  base64: boolean;
}

/** Parsed JSON, not yet looked at. */
export type Json = Record<string, unknown>;

export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
