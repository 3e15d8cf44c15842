import type { ChatCall, ReceivedImage } from "./call.ts";
import { sampleOf } from "./schema-sample.ts";

export interface ReplyUsage {
  /** Everything, cached tokens included. */
  prompt: number;
  /** Read from the provider's cache. */
  cached: number;
  /** Written to the provider's cache (Anthropic). */
  cacheWrite: number;
  completion: number;
  reasoning: number;
  /** US dollars (OpenRouter). */
  cost: number;
}

/** Fixed figures instead of counted ones. */
export type UsageOptions = Partial<ReplyUsage>;

/** What the model says, before it is put into anyone's format. */
export interface Reply {
  model: string;
  tokens: string[];
  toolCalls: { id: string; name: string; arguments: unknown }[];
  finish: "stop" | "length" | "tool_calls" | "content_filter";
  usage: ReplyUsage;
  includeUsage: boolean;
}

const IMAGE_TOKENS = 85;
const CACHED_TOKENS = 4;

/** Decides what is answered: a tool call, a tool's result, what images came, JSON, or the fixed tokens. */
export function replyTo(
  call: ChatCall,
  { tokens, usage }: { tokens: readonly string[]; usage: UsageOptions },
): Reply {
  const toolCalls = wantedTools(call).map(({ name, parameters }, index) => ({
    id: `scripted_${index + 1}`,
    name,
    arguments: sampleOf(parameters),
  }));
  const all = toolCalls.length > 0 ? [] : textTokens(call, tokens);
  const kept = call.maxTokens === undefined ? all : all.slice(0, call.maxTokens);
  const prompt =
    usage.prompt ?? Math.max(1, Math.ceil(call.characters / 4)) + call.images.length * IMAGE_TOKENS;
  return {
    model: call.model,
    tokens: kept,
    toolCalls,
    finish: toolCalls.length > 0 ? "tool_calls" : kept.length < all.length ? "length" : "stop",
    usage: {
      prompt,
      cached: Math.min(prompt, CACHED_TOKENS),
      cacheWrite: 0,
      completion: kept.length + toolCalls.length * 8,
      reasoning: 0,
      cost: 0.000123,
      ...usage,
    },
    includeUsage: call.includeUsage,
  };
}

function wantedTools(call: ChatCall) {
  const { toolChoice, tools, toolResults } = call;
  if (toolChoice.mode === "named") return tools.filter(({ name }) => name === toolChoice.name);
  if (toolChoice.mode === "none" || toolResults.length > 0) return [];
  if (/use (all|both) (the )?tools/i.test(call.prompt)) return tools;
  const asked = toolChoice.mode === "required" || /use the tool/i.test(call.prompt);
  return asked ? tools.slice(0, 1) : [];
}

function textTokens(call: ChatCall, tokens: readonly string[]): string[] {
  if (call.toolResults.length > 0) return split(`The tool said: ${call.toolResults.join("; ")}`);
  if (call.schema !== undefined) return split(JSON.stringify(sampleOf(call.schema)));
  if (call.images.length > 0) return split(imagesText(call.images));
  return [...tokens];
}

function imagesText(images: readonly ReceivedImage[]): string {
  const each = images.map(
    ({ form, mime, size, sha }) => `${mime}, ${size} bytes, sha ${sha}, as ${form}`,
  );
  return `Received ${images.length} image(s): ${each.join("; ")}`;
}

/** Pieces that give the text when put together, as tokens do. */
function split(text: string): string[] {
  return text.match(/\s*\S{1,8}/g) ?? [];
}
