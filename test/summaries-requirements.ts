/** What issue 5 §2 promises of summaries, and of what memory asks of language models. Tests cite the ids. */
export const SUMMARIES_SECTIONS = [
  {
    source: "issue 5 §2, decisions 12, 26 and 35",
    promises: {
      "tasks.port": "memory's tasks go to the small model here or at the bridge, else to rules",
      "tasks.background": "a call that nobody waits for goes after those that somebody waits for",
      "tasks.owner":
        "what memory's own calls cost counts under the owner, also at a bridge elsewhere",
      "summaries.languages": "a summary is about as long in every script",
      "summaries.level":
        "a conversation is summarised at the level asked for, and unchanged ones come from the store",
      "summaries.periods": "daily from messages, weekly from dailies, monthly from weeklies",
      "summaries.idempotent":
        "nothing is made again when nothing changed; what changed is made anew",
      "summaries.catch-up":
        "the scheduler survives restarts, catches up, and does bounded work a run",
      "summaries.failure":
        "a model that fails is an error on demand; the scheduler tries again later and says it once",
      "summaries.whole": "long conversations are split; nothing is cut off",
      "summaries.archived": "nothing archived is summarised in the background",
      "summaries.erased":
        "deleting a conversation erases all that was built on it, which is built again without it",
      "summaries.owners": "no summary mixes owners",
      "summaries.routes": "summaries are made, listed and filtered over HTTP and by the SDK",
      "summaries.context": "context quotes stored summaries of the conversations at hand",
    },
  },
  {
    source: "issue 5 §2, decision 26",
    promises: {
      "facts.extract": "a chat model finds facts in texts; without one there are none",
      "facts.data":
        "texts that give orders stay data: no fact whose value its text does not hold, none of another's",
      "facts.off": "no model is asked and no fact is read unless facts.extract is on",
      "facts.work":
        "one call for all new messages of a conversation at rest, bounded an hour, resumed from the rows",
      "facts.provenance": "each fact belongs to the message that says it",
      "facts.erased": "facts are erased with their message",
      "facts.owners": "facts are their owner's",
      "facts.list":
        "facts are listed over HTTP and by the SDK, by subject and conversation, in pages",
      "facts.context":
        "of two messages with different values of one attribute each names the other, the newer first",
    },
  },
] as const;
