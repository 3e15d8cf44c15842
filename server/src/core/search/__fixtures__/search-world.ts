import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowStore } from "../../../storage/row-store.ts";
import { openSqliteStore } from "../../../storage/sqlite/sqlite-store.ts";
import {
  createEmbeddedVectorStore,
  type EmbeddedVectorStore,
} from "../../../storage/vectors/embedded/embedded-vector-store.ts";
import {
  type Conversation,
  type ConversationDraft,
  LOCAL_OWNER,
  type MessageDraft,
} from "../../conversations/conversation.ts";
import { onlyModel } from "../../ports/embedding-model.ts";
import { Search, type SearchDependencies } from "../search.ts";
import type { SearchRequest, SearchResult } from "../search-types.ts";
import { WordModel } from "./word-model.ts";

const NOW = Date.UTC(2024, 5, 15, 12);

/** A whole memory in a folder of its own: real rows, real vectors, a model that knows words only. */
export class SearchWorld {
  readonly model = new WordModel();
  readonly store: RowStore;
  readonly vectors: EmbeddedVectorStore;
  readonly search: Search;
  readonly #folder: string;

  static async open(): Promise<SearchWorld> {
    const folder = await mkdtemp(join(tmpdir(), "sekha-search-"));
    const file = join(folder, "sekha.db");
    return new SearchWorld(folder, file, await openSqliteStore({ file, readers: 1 }));
  }

  private constructor(folder: string, file: string, store: RowStore) {
    this.#folder = folder;
    this.store = store;
    const directory = join(folder, "vectors");
    this.vectors = createEmbeddedVectorStore({
      databaseFile: file,
      directory,
      log: () => undefined,
    });
    this.search = this.searchWith({});
  }

  searchWith(changes: Partial<SearchDependencies>): Search {
    return new Search({
      index: this.store.index,
      vectors: this.vectors,
      models: onlyModel(this.model),
      clock: () => NOW,
      semanticTimeoutMs: 2000,
      ...changes,
    });
  }

  /** Stores a conversation and embeds it. */
  async put(
    messages: (string | MessageDraft)[],
    changes: Partial<ConversationDraft> & { owner?: string } = {},
  ): Promise<Conversation> {
    const { owner = LOCAL_OWNER, ...draft } = changes;
    const turns = messages.map((one) =>
      typeof one === "string" ? { role: "user", content: one, timestamp: NOW } : one,
    );
    const { conversation } = await this.store.conversations.create(owner, {
      label: "Talk",
      folder: "/",
      ...draft,
      messages: turns,
    });
    await this.#embedAll();
    return conversation;
  }

  ask(query: string, changes: Partial<SearchRequest> = {}): Promise<SearchResult> {
    return this.search.search(LOCAL_OWNER, request(query, changes));
  }

  async close(): Promise<void> {
    await this.vectors.close();
    await this.store.close();
    await rm(this.#folder, { recursive: true });
  }

  async #embedAll(): Promise<void> {
    const { queue } = this.store;
    const tasks = await queue.claim({ limit: 1000, now: Date.now() + 1000, leaseMs: 60_000 });
    const results = tasks.map(async ({ owner, message, conversation, text }) => {
      const chunks = await this.model.embedDocument(text);
      const vectors = chunks.map((chunk, index) => ({
        ...chunk,
        message,
        conversation,
        chunk: index,
      }));
      return { owner, message, vectors };
    });
    await queue.complete(this.model.identity, await Promise.all(results));
  }
}

export function request(query: string, changes: Partial<SearchRequest> = {}): SearchRequest {
  return {
    query,
    filter: { statuses: ["active"] },
    mode: "hybrid",
    limit: 10,
    offset: 0,
    groupByConversation: false,
    neighbours: 0,
    minScore: 0,
    ...changes,
  };
}
