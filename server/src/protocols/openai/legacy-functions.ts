import { Untranslatable } from "../untranslatable.ts";
import type { ChatRequest } from "./chat.ts";

/**
 * OpenAI's functions from before its tools have no ids, so other protocols cannot carry them. `api` is the other one's
 * name with its article.
 *
 * @throws Untranslatable where the request offers such functions or has a call of one.
 */
export function refuseLegacyFunctions(request: ChatRequest, api: string): void {
  const { functions } = request;
  const offers = Array.isArray(functions) && functions.length > 0;
  const calls = request.messages.some(
    (message) => typeof message.function_call === "object" && message.function_call !== null,
  );
  if (!offers && !calls) return;
  throw new Untranslatable(`${api} has no functions and function_call; send tools and tool_calls.`);
}
