import type { Conversation, Message, Owner } from "../conversations/conversation.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import type { LanguageTasks, TaskCall } from "../ports/language-tasks.ts";
import type {
  ConversationSummary,
  Summary,
  SummaryLevel,
  SummaryStore,
} from "../ports/summary-store.ts";
import { Condensation, type Condensed, stretchesOf } from "./condensation.ts";
import { isSpoken, messagesBetween, spokenText } from "./spoken-text.ts";

export interface ConversationSummariesDependencies {
  store: Pick<ConversationStore, "get" | "messages">;
  summaries: Pick<SummaryStore, "find" | "stretches" | "saveOfConversation">;
  tasks: LanguageTasks;
  /** Milliseconds since the epoch. */
  clock: () => number;
  newId: () => string;
}

/** Version 1's words, which clients know. */
const NOTHING_SAID = "No messages to summarize";

interface Made extends Condensed {
  since: number;
  until: number;
}

/** One conversation in some sentences, made when asked for and kept while no message is added. */
export class ConversationSummaries {
  readonly #dependencies: ConversationSummariesDependencies;

  constructor(dependencies: ConversationSummariesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * From the store where it stands for all messages and no better method is there than then. Rejects with `not_found`,
   * and with the models' error when the configured one fails.
   */
  async summary(id: string, level: SummaryLevel, call: TaskCall): Promise<Summary> {
    const { store, summaries, newId, clock } = this.#dependencies;
    const { owner } = call;
    const conversation = await store.get(owner, id);
    const stored = await summaries.find(owner, id, level);
    if (stored !== null && (await this.#isCurrent(stored, conversation))) return stored;
    const made = await this.#make(conversation, level, call);
    if (made === null) return nothingSaid(conversation, { level, id: newId(), now: clock() });
    const { messageCount: messages } = conversation;
    const summary = { ...this.#dated(made), level, conversationId: id };
    const isSaved = await summaries.saveOfConversation(owner, { ...summary, from: 0, messages });
    // Deleted meanwhile: then it is unknown.
    if (!isSaved) await store.get(owner, id);
    return summary;
  }

  /** Messages are only ever added, so that their number says whether something changed. */
  async #isCurrent(stored: ConversationSummary, { messageCount }: Conversation): Promise<boolean> {
    if (stored.messages !== messageCount) return false;
    return stored.method === "model" || !(await this.#dependencies.tasks.hasChatModel());
  }

  async #make(
    { id, messageCount }: Conversation,
    level: SummaryLevel,
    call: TaskCall,
  ): Promise<Made | null> {
    const { store, tasks } = this.#dependencies;
    const condensation = new Condensation(tasks, call);
    const stretches = await this.#knownStretches(id, call.owner);
    const positions = { id, first: stretches.at(-1)?.messages ?? 0, last: messageCount - 1 };
    const unread = messagesBetween(store, call.owner, positions);
    let tail: Message[] | null = null;
    for await (const stretch of stretchesOf(unread, ({ content }) => content.length)) {
      if (tail !== null) stretches.push(await this.#stretch(tail, { id, condensation, call }));
      tail = stretch;
    }
    const texts = stretches.map(({ text }) => text).filter((text) => text !== "");
    const last = (tail ?? []).filter(isSpoken).map(spokenText);
    if (texts.length > 0 && last.length > 0) texts.push((await condensation.notes(last)).summary);
    const made = await condensation.summary(texts.length > 0 ? texts : last, level);
    const [first] = tail ?? [];
    if (made === null) return null;
    return {
      ...made,
      since: stretches[0]?.since ?? first?.timestamp ?? 0,
      until: tail?.at(-1)?.timestamp ?? stretches.at(-1)?.until ?? 0,
    };
  }

  /** Notes that are there already, from the beginning; where a model can make them, those by rules do not count. */
  async #knownStretches(id: string, owner: Owner): Promise<ConversationSummary[]> {
    const { summaries, tasks } = this.#dependencies;
    const stored = await summaries.stretches(owner, id);
    if (stored.length === 0) return [];
    const byModel = await tasks.hasChatModel();
    const known: ConversationSummary[] = [];
    for (const one of stored) {
      const follows = one.from === (known.at(-1)?.messages ?? 0);
      if (!follows || (byModel && one.method !== "model")) break;
      known.push(one);
    }
    return known;
  }

  /** A stretch is full and never changes: its notes are made once, however much is added after it. */
  async #stretch(
    messages: readonly Message[],
    { id, condensation, call }: { id: string; condensation: Condensation; call: TaskCall },
  ): Promise<ConversationSummary> {
    const spoken = messages.filter(isSpoken).map(spokenText);
    const notes: Condensed =
      spoken.length === 0
        ? { summary: "", model: "builtin/none", method: "rules" }
        : await condensation.notes(spoken);
    const [first, last] = [messages[0], messages.at(-1)];
    const dated = { ...notes, since: first?.timestamp ?? 0, until: last?.timestamp ?? 0 };
    const stretch = {
      ...this.#dated(dated),
      ...{ level: "stretch" as const, conversationId: id },
      ...{ from: first?.position ?? 0, messages: (last?.position ?? 0) + 1 },
    };
    if (spoken.length > 0) {
      await this.#dependencies.summaries.saveOfConversation(call.owner, stretch);
    }
    return stretch;
  }

  #dated({ summary: text, model, method, since, until }: Made) {
    const { newId, clock } = this.#dependencies;
    return { id: newId(), text, model, method, since, until, generatedAt: clock() };
  }
}

function nothingSaid(
  { id, createdAt }: Conversation,
  { level, id: summaryId, now }: { level: SummaryLevel; id: string; now: number },
): Summary {
  return {
    ...{ id: summaryId, conversationId: id, level, text: NOTHING_SAID },
    ...{ since: createdAt, until: createdAt, generatedAt: now },
    ...{ model: "builtin/none", method: "rules" },
  };
}
