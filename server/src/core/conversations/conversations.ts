import type {
  AppendOutcome,
  ConversationStore,
  CreateOutcome,
  IdempotencyClaim,
} from "../ports/conversation-store.ts";
import type { VectorStore } from "../ports/vector-store.ts";
import type {
  Conversation,
  ConversationDraft,
  ConversationPatch,
  MessageDraft,
  Owner,
} from "./conversation.ts";

export interface ConversationsDependencies {
  store: ConversationStore;
  vectors: Pick<VectorStore, "remove">;
  /** Called after a commit that left work for the embedding queue. */
  onStored: () => void;
}

/** Who keeps something of conversations elsewhere, and has to erase it too; must not reject. */
export type ErasureWatcher = (owner: Owner, ids: readonly string[] | "all") => Promise<void>;

/** Storing, changing and erasing conversations: the rows first, everything derived after them. */
export class Conversations {
  readonly #store: ConversationStore;
  readonly #vectors: Pick<VectorStore, "remove">;
  readonly #onStored: () => void;
  readonly #watchers: ErasureWatcher[] = [];

  constructor(dependencies: ConversationsDependencies) {
    this.#store = dependencies.store;
    this.#vectors = dependencies.vectors;
    this.#onStored = dependencies.onStored;
  }

  /** Resolves when the conversation is durable; its vectors follow in the background. */
  async create(
    owner: Owner,
    draft: ConversationDraft,
    idempotency?: IdempotencyClaim,
  ): Promise<CreateOutcome> {
    const outcome = await this.#store.create(owner, draft, idempotency);
    if (!outcome.replayed) this.#onStored();
    return outcome;
  }

  /** All or none. */
  async createMany(owner: Owner, drafts: ConversationDraft[]): Promise<Conversation[]> {
    const conversations = await this.#store.createMany(owner, drafts);
    this.#onStored();
    return conversations;
  }

  async append(owner: Owner, id: string, messages: MessageDraft[]): Promise<AppendOutcome> {
    const outcome = await this.#store.append(owner, id, messages);
    this.#onStored();
    return outcome;
  }

  async update(owner: Owner, id: string, patch: ConversationPatch): Promise<Conversation> {
    return this.#store.update(owner, id, patch);
  }

  /** From now on erasing waits for the watcher too. */
  watchErased(watcher: ErasureWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Everything of an owner was erased; so is what others keep of it. */
  async ownerErased(owner: Owner): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher(owner, "all")));
  }

  /**
   * Erases everywhere: rows, full text and queue in one transaction, then vectors, their files
   * and collections (decisions.md 34). Returns the ids that existed.
   */
  async erase(owner: Owner, ids: string[]): Promise<string[]> {
    const outcome = await this.#store.delete(owner, ids);
    if (outcome.sequences.length > 0) {
      await this.#vectors.remove(owner, outcome.sequences, outcome.deleted);
    }
    // Also what is not there: the proxy may hold what has not arrived yet.
    await Promise.all(this.#watchers.map((watcher) => watcher(owner, ids)));
    return outcome.deleted;
  }
}
