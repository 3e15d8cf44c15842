import type { ChatRequest } from "../../protocols/openai/chat.ts";
import type { Candidate } from "../routing/route.ts";

/**
 * The request with the model's max_output_tokens where it names no limit of its own: money is set aside for an answer of
 * that length, so the provider is held to it. OpenAI's newer models take max_completion_tokens alone, other servers may
 * know max_tokens alone; the translators read both.
 */
export function withAnswerLimit(request: ChatRequest, { model, provider }: Candidate): ChatRequest {
  const limit = model.maxOutputTokens;
  const named = request.max_completion_tokens ?? request.max_tokens ?? undefined;
  if (limit === undefined || named !== undefined) return request;
  return provider.type === "openai"
    ? { ...request, max_completion_tokens: limit }
    : { ...request, max_tokens: limit };
}
