/** What issue 5 §2 promises of importance and labels. Tests cite the ids. */
export const IMPORTANCE_SECTIONS = [
  {
    source: "issue 5 §2, decisions 11, 26 and 33",
    promises: {
      "importance.on-store":
        "importance is judged by rules in the write that stores, appends or imports",
      "importance.person": "what a person set or pinned is never changed by rules or models",
      "importance.model":
        "a chat model judges what has been quiet or grown much: once, bounded, and after a restart",
      "importance.languages":
        "what counts and small talk are known in German, French, Spanish, Arabic, Chinese, Japanese too",
      "importance.routes": "a message or a text is scored on request, with the reasons",
      "labels.suggest":
        "labels are suggested from near conversations, by word, by a model, by keywords, with reasons",
      "labels.confidence":
        "more and nearer conversations that agree make surer; what nobody can know stays below 0.7",
      "labels.languages": "labels are no function words, whatever language or script",
      "labels.auto":
        "one call labels what nobody has labelled, above a threshold, and says why not",
    },
  },
] as const;
