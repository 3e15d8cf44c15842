import { Client } from "../client.ts";
import type { ConnectionOptions } from "../connection.ts";
import type { AssembleContextRequest } from "../contract/context.ts";
import type { CreateConversationRequest } from "../contract/conversations.ts";
import type { SearchRequest } from "../contract/search.ts";
import type { ConversationFilters, ExportQuery, ListQuery } from "../request-types.ts";
import {
  type FoundMessages,
  type ListedConversations,
  listWith,
  type SearchAnswer,
  type WordSearchAnswer,
  withConversations,
  withConversationsByWord,
} from "./search-answers.ts";

/** Version 1's options; what it limited by itself (rateLimit) the server limits. */
export interface MemoryControllerConfig extends ConnectionOptions {
  baseURL: string;
  apiKey: string;
  /** Label of conversations that are stored without one. */
  defaultLabel?: string;
  maxRetries?: number;
  rateLimit?: number;
}

type Level = "daily" | "weekly" | "monthly";

const CONTEXT_BUDGET = 8000;
const FULL_TEXT_LIMIT = 50;
const AUTO_LABEL_THRESHOLD = 0.7;

/** The client of version 1 by its names and arguments, over today's. New code has `SekhaClient`. */
export class MemoryController {
  readonly #client: Client;
  readonly #defaultLabel: string;

  constructor(config: MemoryControllerConfig | { client: Client }) {
    this.#client = "client" in config ? config.client : clientOf(config);
    this.#defaultLabel = "client" in config ? "" : (config.defaultLabel ?? "");
  }

  create(request: CreateConversationRequest) {
    const label = this.#defaultLabel === "" ? {} : { label: this.#defaultLabel };
    return this.#client.conversations.create({ ...label, ...request });
  }

  store(request: CreateConversationRequest) {
    return this.create(request);
  }

  get(id: string) {
    return this.#client.conversations.get(id);
  }

  getConversation(id: string) {
    return this.get(id);
  }

  /** `filter` is a part of the label, or filters as they stand beside it. */
  list({ filter, ...query }: ListQuery & { filter?: string | ConversationFilters } = {}) {
    const filters = typeof filter === "string" ? { label_contains: filter } : filter;
    return this.#client.conversations.list({ ...filters, ...query });
  }

  /** The conversations as a list that also has `list`'s fields. */
  async listConversations(
    query: Parameters<MemoryController["list"]>[0] = {},
  ): Promise<ListedConversations> {
    const answer = await this.list(query);
    return listWith(answer.conversations, answer);
  }

  /** `updateLabel(id, "Label", "/folder")`, and the editors' `updateLabel(id, { label, folder })`. */
  updateLabel(id: string, label: string | { label: string; folder?: string }, folder?: string) {
    const change = typeof label === "string" ? { label, ...(folder && { folder }) } : label;
    return this.#client.conversations.update(id, change);
  }

  updateFolder(id: string, folder: string | { folder: string }) {
    const to = typeof folder === "string" ? folder : folder.folder;
    return this.#client.conversations.setFolder(id, to);
  }

  update(
    id: string,
    changes: { label?: string; folder?: string; importanceScore?: number; tags?: string[] },
  ) {
    return this.#client.conversations.update(id, changes);
  }

  delete(id: string) {
    return this.#client.conversations.delete(id);
  }

  count(query: ConversationFilters = {}) {
    return this.#client.conversations.count(query);
  }

  pin(id: string) {
    return this.#client.conversations.pin(id);
  }

  unpin(id: string) {
    return this.#client.conversations.unpin(id);
  }

  archive(id: string) {
    return this.#client.conversations.archive(id);
  }

  addTags(id: string, tags: readonly string[]) {
    return this.#client.conversations.addTags(id, tags);
  }

  removeTags(id: string, tags: readonly string[]) {
    return this.#client.conversations.removeTags(id, tags);
  }

  /** `query("words", { limit })`, and `query({ query, limit })`. */
  async query(
    request: string | SearchRequest,
    options: Omit<SearchRequest, "query"> = {},
  ): Promise<SearchAnswer> {
    const asked = typeof request === "string" ? { ...options, query: request } : request;
    return withConversations(await this.#client.search(asked));
  }

  /** What was found, as a list that also has `query`'s fields. */
  async search(
    request: string | SearchRequest,
    options: Omit<SearchRequest, "query"> = {},
  ): Promise<FoundMessages> {
    const answer = await this.query(request, options);
    return listWith(answer.results, answer);
  }

  async searchFTS(query: string, limit = FULL_TEXT_LIMIT): Promise<WordSearchAnswer> {
    return withConversationsByWord(await this.#client.searchFullText({ query, limit }));
  }

  fullTextSearch({ query, limit = FULL_TEXT_LIMIT }: { query: string; limit?: number }) {
    return this.searchFTS(query, limit);
  }

  assembleContext(request: AssembleContextRequest) {
    const { format: _, ...asked } = request;
    return this.#client.context.assemble({ context_budget: CONTEXT_BUDGET, ...asked });
  }

  summarize(id: string, level: Level = "daily") {
    return this.#client.summaries.create(id, { level });
  }

  rebuildEmbeddings() {
    return this.#client.rebuildEmbeddings();
  }

  /** `(30, 5)`, and `({ threshold_days, importance_threshold })`. */
  getPruningSuggestions(
    days: number | { threshold_days?: number; importance_threshold?: number } = 30,
    importance = 5,
  ) {
    const criteria =
      typeof days === "number" ? { threshold_days: days, importance_threshold: importance } : days;
    return this.#client.prune.suggest(criteria);
  }

  /** Archives; a list of ids, and `{ conversation_ids }`. */
  pruneExecute(ids: readonly string[] | { conversation_ids: readonly string[] }) {
    const list = "conversation_ids" in ids ? ids.conversation_ids : ids;
    return this.#client.prune.execute({ conversation_ids: [...list] });
  }

  suggestLabels(conversationId: string) {
    return this.#client.labels.suggest({ conversation_id: conversationId });
  }

  /** The editors' name and shape, for messages that are not stored yet. */
  suggestLabel(request: { messages: { role: string; content: string }[]; count?: number }) {
    return this.#client.labels.suggest(request);
  }

  autoLabel(conversationId: string, threshold = AUTO_LABEL_THRESHOLD) {
    return this.#client.labels.auto(conversationId, { threshold });
  }

  /** The whole export as one text. */
  async export(query: ExportQuery = {}): Promise<string> {
    let text = "";
    for await (const piece of this.exportStream(query)) text += piece;
    return text;
  }

  exportStream(query: ExportQuery = {}): AsyncGenerator<string> {
    return this.#client.export(query);
  }

  /** One conversation's own facts and messages, as the tool of that name gives them. */
  getContext(conversationId: string) {
    return this.#client.memory.call("memory_get_context", { conversation_id: conversationId });
  }

  health() {
    return this.#client.health();
  }

  getMetrics() {
    return this.#client.metrics();
  }

  /** Names, descriptions and schemas. */
  getMCPTools() {
    return this.#client.memory.tools();
  }
}

function clientOf(config: MemoryControllerConfig): Client {
  const { baseURL, maxRetries, rateLimit: _, defaultLabel: __, ...connection } = config;
  return new Client({
    controllerURL: baseURL,
    ...connection,
    retries: maxRetries ?? connection.retries,
  });
}
