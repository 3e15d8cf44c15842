import type {
  Conversation,
  ConversationDraft,
  ConversationFilter,
  ConversationPatch,
  Message,
  MessageDraft,
} from "../../../core/conversations/conversation.ts";
import { SekhaError } from "../../../core/errors.ts";
import type {
  AppendOutcome,
  ConversationCounts,
  ConversationSort,
  ConversationStore,
  CreateOutcome,
  DeleteOutcome,
  IdempotencyClaim,
  ImportOutcome,
  MemoryStats,
  NamedCount,
  Page,
  PageOf,
} from "../../../core/ports/conversation-store.ts";

interface Row {
  owner: string;
  conversation: Conversation;
  messages: Message[];
}

/** The rows in memory, as far as the routes show them. */
export class FakeStore implements ConversationStore {
  readonly rows = new Map<string, Row>();
  readonly #claims = new Map<string, { bodyHash: string; id: string }>();
  readonly #clock: () => number;
  readonly #newId: () => string;

  constructor(clock: () => number, newId: () => string) {
    this.#clock = clock;
    this.#newId = newId;
  }

  async create(
    owner: string,
    draft: ConversationDraft,
    claim?: IdempotencyClaim,
  ): Promise<CreateOutcome> {
    const known = claim && this.#claims.get(`${owner} ${claim.key}`);
    if (known && claim) {
      if (known.bodyHash !== claim.bodyHash) {
        throw new SekhaError("idempotency_mismatch", "The key was used for another body.");
      }
      return { conversation: this.#row(owner, known.id).conversation, replayed: true };
    }
    const id = this.#newId();
    const now = draft.createdAt ?? this.#clock();
    const conversation: Conversation = {
      id,
      label: draft.label,
      folder: draft.folder,
      status: "active",
      pinned: false,
      importanceScore: draft.importanceScore ?? 5,
      importanceSource: draft.importanceSource ?? "default",
      createdAt: now,
      updatedAt: now,
      messageCount: 0,
      wordCount: 0,
      sessionId: draft.sessionId ?? null,
      sessionCount: 1,
      tags: draft.tags ?? [],
      metadata: draft.metadata ?? {},
      embeddingStatus: "pending",
    };
    this.rows.set(id, { owner, conversation, messages: [] });
    if (claim) this.#claims.set(`${owner} ${claim.key}`, { bodyHash: claim.bodyHash, id });
    await this.append(owner, id, draft.messages);
    return { conversation: this.#row(owner, id).conversation, replayed: false };
  }

  async createMany(owner: string, drafts: ConversationDraft[]): Promise<Conversation[]> {
    const created = await Promise.all(drafts.map((draft) => this.create(owner, draft)));
    return created.map((outcome) => outcome.conversation);
  }

  async append(owner: string, id: string, drafts: MessageDraft[]): Promise<AppendOutcome> {
    const row = this.#row(owner, id);
    const messages = drafts.map((draft, index): Message => {
      return {
        id: this.#newId(),
        conversationId: id,
        position: row.messages.length + index,
        role: draft.role,
        name: draft.name ?? null,
        content: draft.content,
        parts: draft.parts ?? null,
        timestamp: draft.timestamp ?? this.#clock(),
        metadata: draft.metadata ?? {},
        embeddingStatus: "pending",
      };
    });
    row.messages.push(...messages);
    row.conversation = { ...row.conversation, messageCount: row.messages.length };
    return { conversation: row.conversation, messages, skipped: 0 };
  }

  async import(): Promise<ImportOutcome> {
    throw new Error("no route imports by itself");
  }

  async get(owner: string, id: string): Promise<Conversation> {
    return this.#row(owner, id).conversation;
  }

  async messages(owner: string, id: string, page: Page): Promise<PageOf<Message>> {
    const { messages } = this.#row(owner, id);
    return {
      items: messages.slice(page.offset, page.offset + page.limit),
      total: messages.length,
    };
  }

  async turnsAround(owner: string, messageIds: string[], reach: number): Promise<Message[]> {
    const wanted = new Set(messageIds);
    const own = [...this.rows.values()].filter((row) => row.owner === owner);
    return own.flatMap(({ messages }) => {
      const hits = messages.filter(({ id }) => wanted.has(id)).map(({ position }) => position);
      return messages.filter(({ position }) => hits.some((at) => Math.abs(at - position) <= reach));
    });
  }

  async list(
    owner: string,
    filter: ConversationFilter,
    page: Page & { sort?: ConversationSort },
  ): Promise<PageOf<Conversation>> {
    const found = this.matching(owner, filter);
    if (page.sort?.by === "updated_at") {
      const sign = page.sort.direction === "asc" ? 1 : -1;
      found.sort((a, b) => sign * (a.updatedAt - b.updatedAt));
    }
    return { items: found.slice(page.offset, page.offset + page.limit), total: found.length };
  }

  async counts(owner: string, filter: ConversationFilter): Promise<ConversationCounts> {
    const found = this.matching(owner, filter);
    const byStatus = { active: 0, archived: 0, pinned: 0 };
    for (const one of found) {
      byStatus[one.pinned && one.status === "active" ? "pinned" : one.status] += 1;
    }
    return { count: found.length, total: this.matching(owner, {}).length, byStatus };
  }

  async update(owner: string, id: string, patch: ConversationPatch): Promise<Conversation> {
    const row = this.#row(owner, id);
    const { addTags = [], removeTags = [], ...plain } = patch;
    const changed = { ...row.conversation, ...plain };
    const tags = [...new Set([...changed.tags, ...addTags])];
    row.conversation = { ...changed, tags: tags.filter((tag) => !removeTags.includes(tag)) };
    return row.conversation;
  }

  async delete(owner: string, ids: string[]): Promise<DeleteOutcome> {
    const deleted = ids.filter((id) => this.rows.get(id)?.owner === owner);
    for (const id of deleted) this.rows.delete(id);
    return { deleted, sequences: [] };
  }

  async ids(owner: string, filter: ConversationFilter, limit: number): Promise<string[]> {
    return this.matching(owner, filter)
      .slice(0, limit)
      .map((conversation) => conversation.id);
  }

  async scan(owner: string, filter: ConversationFilter): Promise<{ items: Conversation[] }> {
    return { items: this.matching(owner, filter) };
  }

  async stats(owner: string, filter: ConversationFilter): Promise<MemoryStats> {
    const found = this.matching(owner, filter);
    return {
      conversations: await this.counts(owner, filter),
      messages: found.reduce((sum, one) => sum + one.messageCount, 0),
      words: 0,
      averageImportance: 5,
      oldestMessageAt: null,
      newestMessageAt: null,
      folders: counted(found.map((one) => one.folder)),
      labels: counted(found.map((one) => one.label)),
      tags: counted(found.flatMap((one) => one.tags)),
    };
  }

  async message(owner: string, id: string) {
    for (const row of this.rows.values()) {
      const message = row.messages.find((one) => one.id === id);
      if (message && row.owner === owner) return { message, conversation: row.conversation };
    }
    throw new SekhaError("not_found", "There is no such message.");
  }

  matching(owner: string, filter: ConversationFilter): Conversation[] {
    return [...this.rows.values()]
      .filter((row) => row.owner === owner)
      .map((row) => row.conversation)
      .filter((one) => passes(one, filter));
  }

  #row(owner: string, id: string): Row {
    const row = this.rows.get(id);
    if (row?.owner === owner) return row;
    throw new SekhaError("not_found", `There is no conversation ${id}.`);
  }
}

function passes(conversation: Conversation, filter: ConversationFilter): boolean {
  const { ids, statuses, pinned, label, labelContains, folder, tags } = filter;
  const { maxImportance = 10, updatedUntil = Number.POSITIVE_INFINITY } = filter;
  const checks = [
    conversation.importanceScore <= maxImportance,
    conversation.updatedAt <= updatedUntil,
    ids === undefined || ids.includes(conversation.id),
    statuses === undefined || statuses.includes(conversation.status),
    pinned === undefined || conversation.pinned === pinned,
    label === undefined || conversation.label === label,
    labelContains === undefined || conversation.label.includes(labelContains),
    folder === undefined || `${conversation.folder}/`.startsWith(`${folder}/`),
    tags === undefined || tags.every((tag) => conversation.tags.includes(tag)),
  ];
  return checks.every(Boolean);
}

function counted(names: string[]): NamedCount[] {
  return [...new Set(names)].map((name) => ({
    name,
    count: names.filter((one) => one === name).length,
  }));
}
