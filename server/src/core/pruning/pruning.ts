import type {
  Conversation,
  ConversationFilter,
  Message,
  Owner,
} from "../conversations/conversation.ts";
import type { Conversations } from "../conversations/conversations.ts";
import { SekhaError } from "../errors.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import type { Job, JobStore } from "../ports/job-store.ts";
import type { TokenCounter } from "../ports/token-counter.ts";
import { type PruneAction, type PruneRun, runOfJob, runToJob } from "./prune-run.ts";

const DAY_MS = 86_400_000;
const MESSAGES_A_READ = 500;
const PREVIEW_LENGTH = 200;
/** Runs that are looked through for the newest one that can be undone. */
const RUNS_REMEMBERED = 1000;

/** What may be suggested. Pinned and archived conversations never are. */
export interface PruneCriteria {
  /** Days without a change. */
  thresholdDays: number;
  /** Highest importance that may go, 1 to 10. */
  importanceThreshold: number;
  folder?: string;
  limit: number;
}

export interface PruneSuggestion {
  conversation: Conversation;
  /** Whole days since the last change. */
  ageDays: number;
  /** Of all its messages. */
  tokens: number;
  /** Beginning of what was asked first. */
  preview: string;
  reason: string;
}

export interface PruneSuggestions {
  /** Longest untouched first. */
  suggestions: PruneSuggestion[];
  /** All that meet the criteria, listed or not. */
  total: number;
  /** Of those listed. */
  tokens: number;
}

export interface PruneOutcome {
  run: PruneRun;
  skipped: { conversationId: string; reason: string }[];
}

export interface PruningDependencies {
  conversations: Pick<Conversations, "update" | "erase">;
  store: Pick<ConversationStore, "list" | "messages" | "get">;
  jobs: JobStore;
  counter: TokenCounter;
  clock: () => number;
  newId: () => string;
}

/**
 * What may be put away, and the putting away itself, on request only. Every run is noted before it begins, so that one
 * cut short can be undone as well.
 */
export class Pruning {
  readonly #parts: PruningDependencies;

  constructor(parts: PruningDependencies) {
    this.#parts = parts;
  }

  async suggest(owner: Owner, criteria: PruneCriteria): Promise<PruneSuggestions> {
    const { store, clock } = this.#parts;
    const now = clock();
    const page = await store.list(owner, filterOf(criteria, now), {
      limit: criteria.limit,
      offset: 0,
      sort: { by: "updated_at", direction: "asc" },
    });
    const suggestions: PruneSuggestion[] = [];
    for (const conversation of page.items) {
      suggestions.push(await this.#suggestion(owner, conversation, now));
    }
    const tokens = suggestions.reduce((sum, one) => sum + one.tokens, 0);
    return { suggestions, total: page.total, tokens };
  }

  /**
   * Archives, or erases for good, exactly these conversations, but for pinned ones.
   * @throws SekhaError `not_found` naming unknown ids; nothing is changed then.
   */
  async execute(owner: Owner, ids: readonly string[], action: PruneAction): Promise<PruneOutcome> {
    const { jobs, clock, newId } = this.#parts;
    const { chosen, skipped } = await this.#choose(owner, ids, action);
    const now = Math.floor(clock());
    const run: PruneRun = { id: newId(), action, conversationIds: chosen, at: now, undoneAt: null };
    if (chosen.length === 0) return { run, skipped };
    await jobs.put(owner, runToJob(run, { state: "running", now }));
    await this.#carryOut(owner, run);
    await jobs.put(owner, runToJob(run, { state: "done", now: Math.floor(clock()) }));
    return { run, skipped };
  }

  /** Newest first. */
  async runs(owner: Owner, limit: number): Promise<PruneRun[]> {
    const jobs = await this.#parts.jobs.list(owner, limit, "prune");
    return jobs.map(runOfJob);
  }

  /**
   * Makes what a run archived active again: that one, or the newest that was not undone.
   * @throws SekhaError `not_found` when there is none, `conflict` when it cannot be undone.
   */
  async undo(owner: Owner, runId: string | null): Promise<PruneOutcome> {
    const run = await this.#runToUndo(owner, runId);
    const skipped: PruneOutcome["skipped"] = [];
    const restored: string[] = [];
    for (const conversationId of run.conversationIds) {
      const reason = await this.#restore(owner, conversationId);
      if (reason === null) restored.push(conversationId);
      else skipped.push({ conversationId, reason });
    }
    const now = Math.floor(this.#parts.clock());
    const undone = { ...run, undoneAt: now };
    await this.#parts.jobs.put(owner, runToJob(undone, { state: "done", now }));
    return { run: { ...undone, conversationIds: restored }, skipped };
  }

  /** A run that was cut short: what it archived stays so, and can be undone. */
  async closeOrphans(isOrphan: (job: Job) => boolean): Promise<void> {
    const { jobs, clock } = this.#parts;
    for (const { owner, job } of await jobs.unfinished()) {
      if (job.kind !== "prune" || !isOrphan(job)) continue;
      const error = "Sekha was stopped during this pruning. Run it again, or undo it.";
      await jobs.put(owner, { ...job, state: "failed", error, updatedAt: Math.floor(clock()) });
    }
  }

  async #suggestion(
    owner: Owner,
    conversation: Conversation,
    now: number,
  ): Promise<PruneSuggestion> {
    const ageDays = Math.floor((now - conversation.updatedAt) / DAY_MS);
    const { tokens, preview } = await this.#read(owner, conversation);
    const score = Math.round(conversation.importanceScore * 10) / 10;
    const reason = `Not changed for ${ageDays} days, importance ${score} of 10, not pinned.`;
    return { conversation, ageDays, tokens, preview, reason };
  }

  /** In pages, so that other requests go on between them. */
  async #read(
    owner: Owner,
    { id, messageCount }: Conversation,
  ): Promise<{ tokens: number; preview: string }> {
    const { store, counter } = this.#parts;
    let tokens = 0;
    let preview = "";
    for (let offset = 0; offset < messageCount; offset += MESSAGES_A_READ) {
      const { items } = await store.messages(owner, id, { limit: MESSAGES_A_READ, offset });
      preview ||= previewOf(items);
      for (const message of items) tokens += await counter.count(message.content);
      if (items.length < MESSAGES_A_READ) break;
    }
    return { tokens, preview };
  }

  async #choose(
    owner: Owner,
    ids: readonly string[],
    action: PruneAction,
  ): Promise<{ chosen: string[]; skipped: PruneOutcome["skipped"] }> {
    const found = await Promise.all([...new Set(ids)].map((id) => this.#find(owner, id)));
    const unknown = found.flatMap((one) => (one.conversation === null ? [one.id] : []));
    if (unknown.length > 0) {
      throw new SekhaError(
        "not_found",
        `Nothing was changed: there is no conversation ${unknown.join(", ")}. Ask for suggestions again.`,
      );
    }
    const chosen: string[] = [];
    const skipped: PruneOutcome["skipped"] = [];
    for (const { id, conversation } of found) {
      const reason = conversation === null ? null : reasonToKeep(conversation, action);
      if (reason === null) chosen.push(id);
      else skipped.push({ conversationId: id, reason });
    }
    return { chosen, skipped };
  }

  async #find(
    owner: Owner,
    id: string,
  ): Promise<{ id: string; conversation: Conversation | null }> {
    try {
      return { id, conversation: await this.#parts.store.get(owner, id) };
    } catch (error) {
      if (isNotFound(error)) return { id, conversation: null };
      throw error;
    }
  }

  async #carryOut(owner: Owner, { action, conversationIds }: PruneRun): Promise<void> {
    const { conversations } = this.#parts;
    if (action === "delete") {
      await conversations.erase(owner, [...conversationIds]);
      return;
    }
    for (const id of conversationIds) {
      await conversations.update(owner, id, { status: "archived" }).catch((error: unknown) => {
        // Deleted by somebody else a moment ago: it is put away as well as can be.
        if (!isNotFound(error)) throw error;
      });
    }
  }

  async #runToUndo(owner: Owner, id: string | null): Promise<PruneRun> {
    const runs = await this.runs(owner, RUNS_REMEMBERED);
    const run =
      id === null
        ? runs.find(({ action, undoneAt }) => action === "archive" && undoneAt === null)
        : runs.find((one) => one.id === id);
    if (run === undefined) {
      const what =
        id === null
          ? "There is nothing to undo: no pruning archived anything that is not active again."
          : `There is no pruning run ${id}.`;
      throw new SekhaError("not_found", what);
    }
    if (run.action === "delete") {
      throw new SekhaError(
        "conflict",
        "This run deleted conversations, and what is deleted is erased. Restore a backup to get them back.",
      );
    }
    if (run.undoneAt !== null) throw new SekhaError("conflict", "This run was undone already.");
    return run;
  }

  /** Null when it is active again, otherwise why not. */
  async #restore(owner: Owner, id: string): Promise<string | null> {
    const { conversation } = await this.#find(owner, id);
    if (conversation === null) return "It was deleted since.";
    if (conversation.status === "active") return "It was active already.";
    await this.#parts.conversations.update(owner, id, { status: "active" });
    return null;
  }
}

function filterOf(criteria: PruneCriteria, now: number): ConversationFilter {
  return {
    statuses: ["active"],
    pinned: false,
    maxImportance: criteria.importanceThreshold,
    updatedUntil: now - criteria.thresholdDays * DAY_MS,
    ...(criteria.folder === undefined ? {} : { folder: criteria.folder }),
  };
}

function reasonToKeep(conversation: Conversation, action: PruneAction): string | null {
  if (conversation.pinned) return "It is pinned. Unpin it first.";
  const archivedAlready = action === "archive" && conversation.status === "archived";
  return archivedAlready ? "It is archived already." : null;
}

function previewOf(messages: readonly Message[]): string {
  const first = messages.find(({ role }) => role === "user") ?? messages[0];
  const line = (first?.content ?? "").replace(/\s+/g, " ").trim();
  if (line.length <= PREVIEW_LENGTH) return line;
  return `${line.slice(0, PREVIEW_LENGTH - 1).toWellFormed()}…`;
}

function isNotFound(error: unknown): boolean {
  return error instanceof SekhaError && error.code === "not_found";
}
