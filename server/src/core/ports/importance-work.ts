import type { Owner } from "../conversations/conversation.ts";

/** A conversation whose importance a model may judge. */
export interface DueConversation {
  owner: Owner;
  id: string;
  messageCount: number;
}

export interface Judgement {
  /** 1 to 10; null: the model gave none. */
  score: number | null;
  /** How many messages the conversation had when it was read. */
  messages: number;
}

/** The importance that models still have to judge, as the rows say it: nothing is lost by a restart. */
export interface ImportanceWork {
  /**
   * Of every owner, the last updated first: what no model judged yet or has grown by a quarter since, and has been quiet
   * since `quietBefore` (milliseconds since the epoch) or grown by 50 messages. Never what a person set or pinned.
   */
  due(quietBefore: number, limit: number): Promise<DueConversation[]>;
  /** Notes it, unless a person set or pinned the importance meanwhile; updated_at stays. True when it was taken. */
  note(owner: Owner, id: string, judgement: Judgement): Promise<boolean>;
}
