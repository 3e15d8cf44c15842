import { GatewayError } from "../gateway.ts";
import { type EntityItem, mergeItems, readEntityItems } from "./entity-items.ts";
import { EXTRACT_FORMAT, extractPrompt } from "./prompts/extract.ts";
import type { TaskRun } from "./task-run.ts";
import { checkPartCount, joinedPart, splitIntoParts } from "./text-parts.ts";

/** Lists of 60 things fit an answer; a longer text is more than one list. */
const MOST_INPUT_TOKENS = 12_000;

/** The named things of a text of any length, part by part, merged. Throws GatewayError. */
export async function extractByModel(run: TaskRun, text: string): Promise<EntityItem[]> {
  const room = Math.min(run.inputTokens, MOST_INPUT_TOKENS);
  const parts = splitIntoParts([text], room).map(joinedPart);
  checkPartCount(parts.length, room);
  const found = await run.each(parts, (part) => itemsOf(run, part));
  return mergeItems(found.flat());
}

/** A second try, since small models now and then forget the form. */
async function itemsOf(run: TaskRun, part: string): Promise<EntityItem[]> {
  const messages = extractPrompt(part);
  const first = await run.ask(messages, EXTRACT_FORMAT);
  const items = readEntityItems(first, part);
  if (items !== undefined) return items;
  const second = await run.ask(
    [
      ...messages,
      { role: "assistant", content: first },
      { role: "user", content: "That was no JSON of the form I described. Answer with it alone." },
    ],
    EXTRACT_FORMAT,
  );
  const again = readEntityItems(second, part);
  if (again !== undefined) return again;
  throw new GatewayError(
    "providers_unavailable",
    `${run.account.model} answered twice without a list of entities. Name a model that follows forms better.`,
  );
}
