import type { ChatMessage, ChatRequest, Usage } from "../../../protocols/openai/chat.ts";
import { ProviderFailure } from "../../failure.ts";
import type { ModelEntry } from "../../registry/entries.ts";
import { configKey, targetName } from "../../transport/call-target.ts";

const BYTES_PER_TOKEN = 3;
/** The estimate is an upper bound; no text is that much shorter in tokens. */
const CLEARLY = 3;

/**
 * Ollama before 0.12 cuts a prompt to its window and answers as if nothing were missing; newer ones are asked not to
 * (`truncate: false`). So what cannot fit is not sent.
 *
 * @throws ProviderFailure `context_length` when the prompt is out of all proportion to the window.
 */
export function refuseHopelessPrompt(request: ChatRequest, model: ModelEntry): void {
  const bytes = request.messages.reduce((sum, message) => sum + textBytes(message), 0);
  const tokens = Math.ceil(bytes / BYTES_PER_TOKEN);
  if (tokens > CLEARLY * model.contextWindow) throw tooLong(model, `about ${tokens} tokens`);
}

/** @throws ProviderFailure `context_length` when the prompt filled the whole window: then it was cut. */
export function refuseCutPrompt(usage: Usage | null | undefined, model: ModelEntry): void {
  const tokens = usage?.prompt_tokens ?? 0;
  if (tokens >= model.contextWindow) throw tooLong(model, `${tokens} tokens or more`);
}

function tooLong(model: ModelEntry, size: string): ProviderFailure {
  const window = `its context window of ${model.contextWindow}`;
  const key = configKey(model, "models");
  return new ProviderFailure(
    "context_length",
    `The prompt has ${size} and does not fit ${targetName(model)} with ${window}. Shorten it, or raise context_window in ${key} if the model can do more.`,
  );
}

/** Of the text alone: images are not counted in bytes. */
function textBytes({ content }: ChatMessage): number {
  if (typeof content === "string") return Buffer.byteLength(content);
  return (content ?? []).reduce(
    (sum, part) => sum + (part.type === "text" ? Buffer.byteLength(part.text) : 0),
    0,
  );
}
