import { setImmediate } from "node:timers/promises";
import type { ChatRequest } from "../../protocols/openai/chat.ts";
import { promptSize } from "./tokens.ts";

type Encoding = typeof import("gpt-tokenizer/encoding/o200k_base");

/**
 * Merging takes the square of an unbroken run's length (100,000 equal letters: 10 s), so texts are counted in pieces. A
 * cut adds at most a token or two.
 */
const PIECE_CHARACTERS = 500;
/** Between pauses for other requests. */
const PIECES_AT_ONCE = 40;

/**
 * How many more tokens a family's own tokeniser makes than o200k_base, at most, for prose, code and other languages
 * (decision 33). Anthropic's newest makes up to 1.35 times those of its former one, which was near cl100k_base.
 */
const FAMILY_FACTORS: readonly [name: RegExp, factor: number][] = [
  [/(?:^|\/)(?:gpt-4o|gpt-4\.|gpt-[5-9]|chatgpt-4o|o\d|gpt-oss)/, 1],
  [/(?:^|\/)(?:gpt-|text-embedding-)/, 1.15],
  [/claude/, 1.5],
  [/gemini|gemma/, 1.15],
  [/llama|deepseek|kimi|moonshot|qwen|glm/, 1.2],
];
const OTHER_FACTOR = 1.35;

let encoding: Promise<Encoding> | null = null;

/** Loaded when a count first matters: it takes 0.4 s and 64 MB. */
function loadEncoding(): Promise<Encoding> {
  encoding ??= import("gpt-tokenizer/encoding/o200k_base");
  return encoding;
}

/** By how much o200k_base is multiplied for a model, so that its own count is hardly ever higher. */
export function familyFactor(modelId: string): number {
  const id = modelId.toLowerCase();
  return FAMILY_FACTORS.find(([name]) => name.test(id))?.[1] ?? OTHER_FACTOR;
}

/** Tokens of a text as o200k_base counts them, times the factor of the model's family; for when a limit is near. */
export async function countTokens(text: string, modelId = "gpt-4o"): Promise<number> {
  const { countTokens: count } = await loadEncoding();
  // Text that looks like a control token is text.
  const options = { disallowedSpecial: new Set<string>() };
  let tokens = 0;
  for (let start = 0, pieces = 1; start < text.length; pieces += 1) {
    const end = pieceEnd(text, start);
    tokens += count(text.slice(start, end), options);
    start = end;
    if (pieces % PIECES_AT_ONCE === 0) await setImmediate();
  }
  return Math.ceil(tokens * familyFactor(modelId));
}

/** Tokens of a whole request: its texts counted, the rest as `promptSize` has it. */
export async function countPrompt(request: ChatRequest, modelId: string): Promise<number> {
  const texts: string[] = [];
  const messages = request.messages.map((message) => {
    const { content } = message;
    if (typeof content === "string") {
      texts.push(content);
      return { ...message, content: "" };
    }
    if (!Array.isArray(content)) return message;
    const others = content.filter((part) => {
      if (part.type === "text") texts.push(part.text);
      return part.type !== "text";
    });
    return { ...message, content: others };
  });
  const counts = await Promise.all(texts.map((text) => countTokens(text, modelId)));
  return counts.reduce((sum, count) => sum + count, promptSize({ ...request, messages }).tokens);
}

/** After a space where there is one near, and never inside a character. */
function pieceEnd(text: string, start: number): number {
  const limit = start + PIECE_CHARACTERS;
  if (limit >= text.length) return text.length;
  const space = text.lastIndexOf(" ", limit);
  if (space > start + PIECE_CHARACTERS / 2) return space;
  const isLowSurrogate = (text.charCodeAt(limit) & 0xfc00) === 0xdc00;
  return isLowSurrogate ? limit - 1 : limit;
}
