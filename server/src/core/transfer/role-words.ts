const USER_WORDS = ["user", "human", "you", "me"];
const ASSISTANT_WORDS = ["assistant", "ai", "chatgpt", "gpt", "claude", "gemini", "copilot", "bot"];

/** What people and tools write in front of a turn → its role. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ...USER_WORDS.map((word): [string, string] => [word, "user"]),
  ...ASSISTANT_WORDS.map((word): [string, string] => [word, "assistant"]),
  ["system", "system"],
  ["tool", "tool"],
]);

/** For regular expressions: any of the words. */
export const ROLE_WORD = [...ROLES.keys()].join("|");

export function roleOfWord(word: string): string {
  return ROLES.get(word.toLowerCase()) ?? word.toLowerCase();
}
