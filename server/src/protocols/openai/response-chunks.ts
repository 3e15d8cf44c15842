import type { ChatChunk, ChatDelta, ChatMessage, ChatResponse } from "./chat.ts";
import { messageText } from "./message-text.ts";

type Choice = ChatResponse["choices"][number];
type ChunkChoice = ChatChunk["choices"][number];

/**
 * A whole answer as the stream it could have been: for each choice its role, reasoning, text, tool calls and end, then
 * the usage in a chunk without choices.
 */
export function chunksOf(response: ChatResponse): ChatChunk[] {
  const { object: _, choices, usage, ...head } = response;
  const chunk = (choice: ChunkChoice[]): ChatChunk => ({
    ...head,
    object: "chat.completion.chunk",
    choices: choice,
  });
  const chunks = choices.flatMap(choiceChunks).map((choice) => chunk([choice]));
  if (usage !== undefined && usage !== null) chunks.push({ ...chunk([]), usage });
  return chunks;
}

function choiceChunks(choice: Choice): ChunkChoice[] {
  const { index, message, finish_reason, logprobs, ...others } = choice;
  const deltas = messageDeltas(message).map(
    (delta): ChunkChoice => ({
      index,
      delta,
      finish_reason: null,
    }),
  );
  const second = deltas[1] ?? deltas[0];
  if (second !== undefined && logprobs !== undefined) second.logprobs = logprobs;
  return [...deltas, { ...others, index, delta: {}, finish_reason }];
}

/** Reasoning stands before the text, as models produce it. */
function messageDeltas(message: ChatMessage): ChatDelta[] {
  const { role, content, tool_calls, refusal, reasoning_content, ...others } = message;
  const deltas: ChatDelta[] = [{ role, content: "" }];
  if (typeof reasoning_content === "string" && reasoning_content !== "") {
    deltas.push({ reasoning_content });
  }
  if (Object.keys(others).length > 0) deltas.push(others);
  const text = messageText(content);
  if (text !== "") deltas.push({ content: text });
  if (typeof refusal === "string" && refusal !== "") deltas.push({ refusal });
  if (Array.isArray(tool_calls)) {
    tool_calls.forEach((call, at) => {
      deltas.push({ tool_calls: [{ ...call, index: at }] });
    });
  }
  return deltas;
}
