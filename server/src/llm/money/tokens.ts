import type { ChatMessage, ChatRequest, ContentPart } from "../../protocols/openai/chat.ts";

/** bridge.md 7: chars/4 undercounts. Measured with o200k_base, prose and code stay below one token for 3 bytes. */
const BYTES_PER_TOKEN = 3;
/** OpenAI's chat format takes 3 a message and 3 for the answer; Anthropic's and templates of local models up to 6. */
const TOKENS_PER_MESSAGE = 6;
const TOKENS_PER_REQUEST = 12;
/** A system prompt of Anthropic's for tool use. */
const TOKENS_FOR_TOOLS = 350;

/**
 * What one image is counted as: above OpenAI's 1,445 (8 tiles), Gemini's tiles and Anthropic's 4,784 for its finest.
 * Models that bill more say so in `Prices.imageTokens`.
 */
export const IMAGE_TOKENS = 4800;
/** OpenAI's low detail, of any model but gpt-4o-mini. */
const LOW_DETAIL_IMAGE_TOKENS = 130;
/** 10 tokens a second; Opus at 8 kbit/s is 133 characters of base64 a token. */
const AUDIO_CHARACTERS_PER_TOKEN = 100;
/** A page of PDF is about 2,500 tokens with its picture and rarely below 20 kB. */
const FILE_CHARACTERS_PER_TOKEN = 8;
const MOST_FILE_TOKENS = 150_000;

/** The size of a prompt, as far as it costs. */
export interface PromptSize {
  /** Upper bound for ordinary text, images included. */
  tokens: number;
  images: number;
  audio: boolean;
  /** Whether it asks for parts to be kept in the provider's cache, which costs more. */
  cacheWrites: boolean;
}

/**
 * A quick upper bound of the tokens of a request: UTF-8 bytes / 3 and what stands around messages. Random letters, such
 * as long keys, can be more; `countPrompt` counts.
 */
export function promptBound(request: ChatRequest): number {
  return promptSize(request).tokens;
}

/** `promptBound`, and what else decides the price, in one walk. No copy of an image's data is made. */
export function promptSize(request: ChatRequest): PromptSize {
  const size = { bytes: 0, tokens: TOKENS_PER_REQUEST, images: 0, audio: false, cached: false };
  for (const message of request.messages) addMessage(size, message);
  if (request.tools !== undefined && request.tools.length > 0) {
    size.tokens += TOKENS_FOR_TOOLS;
    size.bytes += jsonBytes(request.tools, size);
  }
  if (request.response_format !== undefined) size.bytes += jsonBytes(request.response_format, size);
  return {
    tokens: size.tokens + Math.ceil(size.bytes / BYTES_PER_TOKEN),
    images: size.images,
    audio: size.audio,
    cacheWrites: size.cached,
  };
}

/** Tokens of texts to embed, an upper bound in the same sense. */
export function textsBound(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN), 0);
}

interface Size {
  bytes: number;
  tokens: number;
  images: number;
  audio: boolean;
  cached: boolean;
}

function addMessage(size: Size, message: ChatMessage): void {
  size.tokens += TOKENS_PER_MESSAGE;
  const { content } = message;
  if (typeof content === "string") size.bytes += Buffer.byteLength(content);
  else for (const part of content ?? []) addPart(size, part);
  size.bytes += membersBytes(message, size, "content");
}

function addPart(size: Size, part: ContentPart): void {
  if (part.cache_control !== undefined) size.cached = true;
  switch (part.type) {
    case "text":
      size.bytes += Buffer.byteLength(part.text);
      break;
    case "image_url":
      size.images += 1;
      size.tokens += part.image_url.detail === "low" ? LOW_DETAIL_IMAGE_TOKENS : IMAGE_TOKENS;
      break;
    case "input_audio":
      size.audio = true;
      size.tokens += Math.ceil(part.input_audio.data.length / AUDIO_CHARACTERS_PER_TOKEN);
      break;
    case "file":
      size.tokens += fileTokens(part.file);
      break;
    default:
      size.bytes += jsonBytes(part, size);
  }
}

function fileTokens(file: Record<string, unknown>): number {
  const data = file.file_data;
  if (typeof data !== "string") return MOST_FILE_TOKENS;
  return Math.min(MOST_FILE_TOKENS, Math.ceil(data.length / FILE_CHARACTERS_PER_TOKEN));
}

/** About the bytes of a value as JSON, without writing it. */
function jsonBytes(value: unknown, size: Size): number {
  if (typeof value === "string") return Buffer.byteLength(value) + 3;
  if (typeof value !== "object" || value === null) return 6;
  if (!Array.isArray(value)) return membersBytes(value, size);
  let bytes = 2;
  for (const item of value) bytes += jsonBytes(item, size);
  return bytes;
}

/** The same of an object, without one of its members where that is counted elsewhere. */
function membersBytes(value: object, size: Size, except?: string): number {
  let bytes = 2;
  for (const key in value) {
    if (key === except) continue;
    if (key === "cache_control") size.cached = true;
    else bytes += Buffer.byteLength(key) + 4 + jsonBytes(value[key as never], size);
  }
  return bytes;
}
