import type { CreateConversationRequest } from "./contract/conversations.ts";
import type { ConversationFilters, GetQuery, ListQuery, MessagesQuery } from "./request-types.ts";
import type { AnswerOf, BodyOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

interface WriteOptions extends CallOptions {
  /** Answer only when the new messages can be found by meaning too. */
  wait?: boolean;
}

interface CreateOptions extends WriteOptions {
  /** Made anew for every call when absent, so that a repeated request never stores twice. */
  idempotencyKey?: string;
}

type Conversation = AnswerOf<"createConversation">;
type Updated = AnswerOf<"updateConversation">;
type IdRoute = "pin" | "unpin" | "archive" | "unarchive";
type ChangeRoute = "updateConversation" | "setLabel" | "setFolder" | "setStatus" | "setImportance";
type TagRoute = "setTags" | "addTags" | "removeTags";

/** `client.conversations`: what is remembered. */
export class ConversationsClient {
  readonly #transport: Transport;
  readonly #newKey: () => string;

  constructor(transport: Transport, newKey: () => string) {
    this.#transport = transport;
    this.#newKey = newKey;
  }

  /** Stores a conversation; durable when it resolves. */
  create(body: CreateConversationRequest, options: CreateOptions = {}): Promise<Conversation> {
    const { wait, idempotencyKey = this.#newKey() } = options;
    return this.#transport.json({
      name: "createConversation",
      query: { wait },
      body,
      headers: { "Idempotency-Key": idempotencyKey },
      repeatable: true,
      options,
    });
  }

  /** Stores up to 1000 conversations, all or none. Not repeated on failure. */
  createMany(
    conversations: readonly CreateConversationRequest[],
    options?: CallOptions,
  ): Promise<AnswerOf<"createConversations">> {
    return this.#transport.json({ name: "createConversations", body: { conversations }, options });
  }

  list(query: ListQuery = {}, options?: CallOptions): Promise<AnswerOf<"listConversations">> {
    return this.#transport.json({ name: "listConversations", query: { ...query }, options });
  }

  count(
    query: ConversationFilters = {},
    options?: CallOptions,
  ): Promise<AnswerOf<"countConversations">> {
    return this.#transport.json({ name: "countConversations", query: { ...query }, options });
  }

  get(
    id: string,
    query: GetQuery = {},
    options?: CallOptions,
  ): Promise<AnswerOf<"getConversation">> {
    return this.#transport.json({
      name: "getConversation",
      params: { id },
      query: { ...query },
      options,
    });
  }

  /** Messages, oldest first. */
  messages(
    id: string,
    query: MessagesQuery = {},
    options?: CallOptions,
  ): Promise<AnswerOf<"listMessages">> {
    return this.#transport.json({
      name: "listMessages",
      params: { id },
      query: { ...query },
      options,
    });
  }

  /** Adds turns at the end. Not repeated on failure. */
  append(
    id: string,
    messages: BodyOf<"appendMessages">["messages"],
    options: WriteOptions = {},
  ): Promise<AnswerOf<"appendMessages">> {
    return this.#transport.json({
      name: "appendMessages",
      params: { id },
      query: { wait: options.wait },
      body: { messages },
      options,
    });
  }

  update(
    id: string,
    changes: BodyOf<"updateConversation">,
    options?: CallOptions,
  ): Promise<Updated> {
    return this.#change("updateConversation", { id, body: changes, options });
  }

  setLabel(id: string, label: string, options?: CallOptions): Promise<Updated> {
    return this.#change("setLabel", { id, body: { label }, options });
  }

  setFolder(id: string, folder: string, options?: CallOptions): Promise<Updated> {
    return this.#change("setFolder", { id, body: { folder }, options });
  }

  setStatus(
    id: string,
    status: BodyOf<"setStatus">["status"],
    options?: CallOptions,
  ): Promise<Updated> {
    return this.#change("setStatus", { id, body: { status }, options });
  }

  /** 1 (may go) to 10 (keep always). */
  setImportance(id: string, importance: number, options?: CallOptions): Promise<Updated> {
    return this.#change("setImportance", { id, body: { importance_score: importance }, options });
  }

  pin(id: string, options?: CallOptions): Promise<Updated> {
    return this.#mark("pin", id, options);
  }

  unpin(id: string, options?: CallOptions): Promise<Updated> {
    return this.#mark("unpin", id, options);
  }

  archive(id: string, options?: CallOptions): Promise<Updated> {
    return this.#mark("archive", id, options);
  }

  unarchive(id: string, options?: CallOptions): Promise<Updated> {
    return this.#mark("unarchive", id, options);
  }

  /** Replaces all tags. */
  setTags(id: string, tags: readonly string[], options?: CallOptions): Promise<Updated> {
    return this.#change("setTags", { id, body: { tags }, options });
  }

  addTags(id: string, tags: readonly string[], options?: CallOptions): Promise<Updated> {
    return this.#change("addTags", { id, body: { tags }, options });
  }

  removeTags(id: string, tags: readonly string[], options?: CallOptions): Promise<Updated> {
    return this.#change("removeTags", { id, body: { tags }, options });
  }

  /** Erases a conversation, its messages, vectors and index entries. */
  delete(id: string, options?: CallOptions): Promise<AnswerOf<"deleteConversation">> {
    return this.#transport.json({ name: "deleteConversation", params: { id }, options });
  }

  deleteMany(
    ids: readonly string[],
    options?: CallOptions,
  ): Promise<AnswerOf<"deleteConversations">> {
    const body = { conversation_ids: ids };
    return this.#transport.json({ name: "deleteConversations", body, options });
  }

  #mark(name: IdRoute, id: string, options: CallOptions | undefined): Promise<Updated> {
    return this.#transport.json({ name, params: { id }, options });
  }

  #change(
    name: ChangeRoute | TagRoute,
    { id, body, options }: { id: string; body: object; options: CallOptions | undefined },
  ): Promise<Updated> {
    return this.#transport.json({ name, params: { id }, body, options });
  }
}
