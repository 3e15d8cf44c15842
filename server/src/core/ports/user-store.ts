import type { Owner } from "../conversations/conversation.ts";

/** The owners of a memory. They need no making: an owner is whoever has a key or rows. */
export interface UserStore {
  /** Everyone who has a key, a conversation, a job or costs, by name; never the nameless owner "". */
  list(): Promise<Owner[]>;
  /**
   * Erases what an owner has beside conversations: keys, jobs, idempotency keys, settings. What was spent stays,
   * as spending of nobody (owner "" and key ""), so that limits for all hold.
   * Rejects with `conflict` while the owner has conversations: those are deleted first, in pages.
   */
  erase(owner: Owner): Promise<void>;
}
