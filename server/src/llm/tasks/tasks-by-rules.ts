import type { LanguageTasks } from "../../core/ports/language-tasks.ts";

/** No facts, since rules find none. */
export const TASKS_BY_RULES: Pick<LanguageTasks, "facts"> = {
  facts: async () => ({ model: "builtin/none", method: "rules", facts: [] }),
};
