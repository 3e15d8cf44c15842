import type { ChatRequest } from "../openai/chat.ts";
import type { OllamaChatRequest } from "./wire.ts";

export interface OllamaCallOptions {
  model: string;
  contextWindow: number;
  keepAlive: string | undefined;
  extra: Record<string, unknown>;
}

export function toOllamaChat(request: ChatRequest, options: OllamaCallOptions): OllamaChatRequest {
  throw new Error(`not written yet: ${options.model} ${request.model}`);
}
