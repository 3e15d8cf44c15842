import type { LanguageTasks } from "../../core/ports/language-tasks.ts";
import type { BuiltinText } from "../providers/builtin/builtin-text.ts";

/** Labels by keywords, and no facts, since rules find none. */
export function tasksByRules(
  builtin: Pick<BuiltinText, "labels">,
): Pick<LanguageTasks, "labels" | "facts"> {
  return {
    labels: async ({ text, count }) => ({
      model: "builtin/keywords",
      method: "rules",
      labels: builtin.labels(text, count).map(({ text: label, confidence }) => ({
        label,
        confidence,
        reason: "It stands out in the text.",
      })),
    }),

    facts: async () => ({ model: "builtin/none", method: "rules", facts: [] }),
  };
}
