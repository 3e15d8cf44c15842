import { asCount, asRecord, asRecords, asString, asText, type JsonRecord } from "../loose-json.ts";
import type { FinishReason, ToolCall, Usage } from "../openai/chat.ts";
import { ProtocolErrorEvent } from "../stream-failure.ts";

/** Ollama's error, in place of an answer or inside a stream: `{"error": "…"}`. */
export function throwReportedError(body: JsonRecord): void {
  if (body.error === undefined || body.error === null) return;
  const nested = asRecord(body.error);
  const message = asString(body.error) ?? asString(nested?.message) ?? JSON.stringify(body.error);
  throw new ProtocolErrorEvent(asString(nested?.type) ?? "", message);
}

/** Ollama sends calls whole, and older servers without ids: then the place in the answer makes one. */
export function toolCallsOf(message: JsonRecord, place: { id: string; first: number }): ToolCall[] {
  return asRecords(message.tool_calls).map((call, at) => {
    const { name, arguments: input } = asRecord(call.function) ?? {};
    return {
      id: asText(call.id) ?? `call_${place.id.replace(/^chatcmpl-/, "")}_${place.first + at}`,
      type: "function",
      function: { name: asString(name) ?? "", arguments: argumentText(input) },
    };
  });
}

/** A text that is no JSON stays: a call without its arguments would be another call. */
function argumentText(input: unknown): string {
  return asText(input) ?? JSON.stringify(asRecord(input) ?? {});
}

/** Ollama says `stop` after a call of tools too. */
export function finishReasonOf(doneReason: unknown, callsTools: boolean): FinishReason {
  if (doneReason === "length") return "length";
  return callsTools ? "tool_calls" : "stop";
}

/** Ollama leaves a count out when it is zero, as with a prompt that it had in its cache. */
export function usageOf(body: JsonRecord): Usage {
  const prompt = asCount(body.prompt_eval_count);
  const completion = asCount(body.eval_count);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

/** OpenAI's log probabilities of this part of the answer, where Ollama sent any. */
export function logprobsOf(body: JsonRecord): { logprobs?: JsonRecord } {
  const tokens = asRecords(body.logprobs);
  if (tokens.length === 0) return {};
  return {
    logprobs: { content: tokens.map((token) => ({ bytes: null, top_logprobs: [], ...token })) },
  };
}
