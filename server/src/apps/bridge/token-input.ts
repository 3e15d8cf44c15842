import { SekhaError } from "../../core/errors.ts";

/**
 * The texts that a client counted into tokens before sending them, as LangChain does. They are cl100k_base's, which
 * every embedding model of OpenAI reads; the encoding is loaded when the first such request comes.
 * Rejects with `invalid_request` for numbers that are no tokens of it.
 */
export async function textsOfTokens(lists: readonly (readonly number[])[]): Promise<string[]> {
  const { decode, vocabularySize } = await import("gpt-tokenizer/encoding/cl100k_base");
  return lists.map((tokens) => {
    if (!tokens.every((token) => token >= 0 && token < vocabularySize)) throw noTokens();
    try {
      return decode(tokens);
    } catch (cause) {
      throw noTokens(cause);
    }
  });
}

function noTokens(cause?: unknown): SekhaError {
  return new SekhaError(
    "invalid_request",
    "input: these numbers are no tokens of cl100k_base. Send the text itself instead of tokens.",
    { cause },
  );
}
