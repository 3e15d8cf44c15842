import { GatewayError } from "../gateway.ts";
import { textsBound } from "../money/tokens.ts";
import type { SummaryLevel } from "../providers/builtin/builtin-text.ts";
import { notesPrompt, summaryPrompt } from "./prompts/summarize.ts";
import type { TaskRun } from "./task-run.ts";
import { checkPartCount, joinedPart, splitIntoParts } from "./text-parts.ts";

export interface SummaryWish {
  level: SummaryLevel;
  maxWords: number | undefined;
}

/**
 * One call where the messages fit the model's window; else notes on each part, and a summary of the notes, as often as it
 * takes. Everything is read; nothing is cut off. Throws GatewayError.
 */
export async function summarizeByModel(
  run: TaskRun,
  messages: readonly string[],
  wish: SummaryWish,
): Promise<string> {
  let material = messages;
  let kind: "conversation" | "notes" = "conversation";
  for (;;) {
    const parts = splitIntoParts(material, run.inputTokens);
    if (parts.length <= 1) {
      return await run.ask(summaryPrompt(joinedPart(parts[0] ?? []), { ...wish, kind }));
    }
    checkPartCount(parts.length, run.inputTokens);
    const notes = await run.each(parts, (part, index) =>
      run.ask(notesPrompt(joinedPart(part), { part: index + 1, parts: parts.length })),
    );
    // Notes as long as what they are about would go round for ever.
    if (textsBound(notes) > textsBound(material) * 0.8) throw doesNotShrink();
    material = notes;
    kind = "notes";
  }
}

function doesNotShrink(): GatewayError {
  return new GatewayError(
    "context_length",
    "The conversation does not fit the model's context window, and the model's notes on its parts are too long. Name a model with a larger window.",
  );
}
