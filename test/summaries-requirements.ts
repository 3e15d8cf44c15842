/** What issue 5 §2 promises of summaries, and of what memory asks of language models. Tests cite the ids. */
export const SUMMARIES_SECTIONS = [
  {
    source: "issue 5 §2, decisions 12, 26 and 35",
    promises: {
      "tasks.port": "memory's tasks go to the small model here or at the bridge, else to rules",
      "tasks.background": "a call that nobody waits for goes after those that somebody waits for",
      "tasks.owner":
        "what memory's own calls cost counts under the owner, also at a bridge elsewhere",
    },
  },
] as const;
