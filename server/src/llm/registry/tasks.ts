/** The tasks that Sekha itself asks for, in the order clients know them; any other name is a custom task. */
export const KNOWN_TASKS = [
  "embedding",
  "chat_small",
  "chat_large",
  "chat_smart",
  "vision",
  "audio",
  "image_generation",
] as const;

const ALIASES: Readonly<Record<string, string>> = {
  chat_fast: "chat_small",
  chat_vision: "vision",
};

/**
 * Who stands in for a chat task, nearest first: first what answers at least as well, then what answers more cheaply,
 * and a model chosen for images only at the end. See docs/decisions/routing.md.
 */
const STAND_INS: Readonly<Record<string, readonly string[]>> = {
  chat_small: ["chat_smart", "chat_large", "vision"],
  chat_smart: ["chat_large", "chat_small", "vision"],
  chat_large: ["chat_smart", "chat_small", "vision"],
  vision: ["chat_smart", "chat_large", "chat_small"],
};

/** Where a model has several tasks and none is nearer: the one it is said to serve as. */
export const STAND_IN_ORDER: readonly string[] = [
  "chat_smart",
  "chat_large",
  "chat_small",
  "vision",
];

/** What can take each other's requests at all: a model of one family never serves another. */
export type TaskFamily = "embedding" | "chat" | "audio" | "image_generation";

/** The name that Sekha uses for a task. */
export function canonicalTask(task: string): string {
  return Object.hasOwn(ALIASES, task) ? (ALIASES[task] ?? task) : task;
}

/** Custom tasks are reached by chat, so they count as chat; a custom embedding task is the registry's to know. */
export function familyOfTask(task: string): TaskFamily {
  if (task === "embedding" || task === "audio" || task === "image_generation") return task;
  return "chat";
}

/** The chat tasks whose models may serve a task that has none, nearest first; none for a custom task. */
export function standInsFor(task: string): readonly string[] {
  return Object.hasOwn(STAND_INS, task) ? (STAND_INS[task] ?? []) : [];
}
