import type { ChatMessage } from "./proxy-load.ts";

type Json = Record<string, unknown>;

/** A client's protocol, and that of the provider behind it. */
export interface ClientFace {
  name: string;
  path: string;
  /** The client's request for a whole answer. */
  request(system: string, messages: readonly ChatMessage[]): Json;
  /** What the provider answers with. */
  answer(text: string): Json;
}

/** The protocols whose clients get memory by another base URL, each before a provider of its own kind. */
export const CLIENT_FACES: readonly ClientFace[] = [
  {
    name: "OpenAI chat",
    path: "/v1/chat/completions",
    request: (system, messages) => ({
      model: "chat-openai",
      messages: [{ role: "system", content: system }, ...messages],
    }),
    answer: (content) => ({
      id: "chatcmpl-bench",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "chat-openai",
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      usage: { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 },
    }),
  },
  {
    name: "Anthropic messages",
    path: "/v1/messages",
    request: (system, messages) => ({
      model: "chat-anthropic",
      max_tokens: 1000,
      system,
      messages,
    }),
    answer: (text) => ({
      id: "msg_bench",
      type: "message",
      role: "assistant",
      model: "chat-anthropic",
      content: [{ type: "text", text }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 100, output_tokens: 50 },
    }),
  },
  {
    name: "Ollama chat",
    path: "/api/chat",
    request: (system, messages) => ({
      model: "chat-ollama",
      stream: false,
      messages: [{ role: "system", content: system }, ...messages],
    }),
    answer: (content) => ({
      model: "chat-ollama",
      created_at: "2023-11-14T22:13:20Z",
      message: { role: "assistant", content },
      done: true,
      done_reason: "stop",
      total_duration: 1,
      prompt_eval_count: 100,
      eval_count: 50,
    }),
  },
];
