import type { FinishReason } from "../openai/chat.ts";
import type { AnthropicStopReason } from "./wire.ts";

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  // Anthropic's own tools paused a long turn; OpenAI has no word for it.
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

const STOP_REASONS: Readonly<Record<FinishReason, AnthropicStopReason>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  function_call: "tool_use",
  content_filter: "refusal",
};

/** A reason that is not known yet ended the answer all the same. */
export function finishReasonOf(stopReason: unknown): FinishReason {
  return FINISH_REASONS[String(stopReason)] ?? "stop";
}

/**
 * Anthropic's reason; `stop_sequence` where the provider said which text ended the answer. Some servers say `stop` after a
 * call of tools: clients of Anthropic's would not run them.
 */
export function stopReasonOf(
  finishReason: unknown,
  answer: { stopSequence: string | undefined; callsTools: boolean },
): AnthropicStopReason {
  const reason = STOP_REASONS[finishReason as FinishReason] ?? "end_turn";
  if (reason !== "end_turn") return reason;
  if (answer.callsTools) return "tool_use";
  return answer.stopSequence === undefined ? reason : "stop_sequence";
}
