import type { Message } from "../conversations/conversation.ts";
import { PacedWork, type PaceOptions } from "../conversations/paced-work.ts";
import { saysSomethingOfItsOwn } from "../importance/message-importance.ts";
import type { Log } from "../log.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import type { FactStore, UnreadConversation } from "../ports/fact-store.ts";
import type { LanguageTasks } from "../ports/language-tasks.ts";

interface ExtractionDependencies {
  facts: Pick<FactStore, "unread" | "save">;
  store: Pick<ConversationStore, "messages">;
  tasks: Pick<LanguageTasks, "hasChatModel" | "facts">;
  log: Log;
  clock: () => number;
  /** Resolves early when the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  options: PaceOptions;
}

/** What one call reads at most, about 3,000 tokens; what is longer takes several, each paced. */
const MOST_MESSAGES = 60;
const MOST_CHARACTERS = 12_000;
/** Of a longer message its beginning. */
const MESSAGE_CHARACTERS = 1500;

/** Has a chat model find facts in conversations that came to rest: one call for all new messages, never one for each. */
export class FactExtraction {
  readonly #dependencies: ExtractionDependencies;
  readonly #paced: PacedWork<UnreadConversation>;

  constructor(dependencies: ExtractionDependencies) {
    this.#dependencies = dependencies;
    const { facts, tasks, log, clock, sleep, options } = dependencies;
    this.#paced = new PacedWork({
      due: (quietBefore, limit) => facts.unread(quietBefore, limit),
      work: (unread, signal) => this.#read(unread, signal),
      ...{ tasks, log, clock, sleep, options, verb: "find facts in" },
    });
  }

  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#paced.run(signal);
  }

  /** Reads on where it stopped; false: nobody said anything there. */
  async #read({ owner, id, read, messageCount }: UnreadConversation, signal: AbortSignal) {
    const { facts, store, tasks } = this.#dependencies;
    const page = await store.messages(owner, id, { offset: read, limit: MOST_MESSAGES });
    const taken = beginningOf(page.items);
    const to = taken.length === 0 ? messageCount : read + taken.length;
    const said = taken.filter(({ role, content }) => saysSomethingOfItsOwn(role, content));
    if (said.length === 0) {
      await facts.save(owner, id, { from: read, to, model: "", facts: [] });
      return false;
    }
    const call = { owner, background: true, signal };
    const answer = await tasks.facts(said.map(textOf), call);
    if (answer.method !== "model") throw new Error("no chat model is configured any more");
    const found = answer.facts.flatMap(({ source, ...fact }) => {
      const message = said[source];
      return message === undefined ? [] : [{ ...fact, messageId: message.id }];
    });
    await facts.save(owner, id, { from: read, to, model: answer.model, facts: found });
    return true;
  }
}

/** As many as one call reads, one at least. */
function beginningOf(messages: readonly Message[]): readonly Message[] {
  let characters = 0;
  const end = messages.findIndex((message, place) => {
    characters += textOf(message).length;
    return place > 0 && characters > MOST_CHARACTERS;
  });
  return end < 0 ? messages : messages.slice(0, end);
}

/** With the speaker's name, whom "I" means. */
function textOf({ name, content }: Message): string {
  const text = content.slice(0, MESSAGE_CHARACTERS);
  return name === null ? text : `${name}: ${text}`;
}
