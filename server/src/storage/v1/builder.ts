import type { MessageDraft, Owner } from "../../core/conversations/conversation.ts";
import { importanceOf } from "../../core/importance/message-importance.ts";
import type { Connection } from "../sqlite/connection.ts";
import { GROW, importConversation } from "../sqlite/conversation-writes.ts";
import { insertMessages } from "../sqlite/write-messages.ts";
import { writeExtras } from "./extras.ts";
import {
  type MappedMessage,
  mapConversation,
  mapMessage,
  otherId,
  recoveredConversation,
} from "./mapping.ts";
import { Pace, type V1Progress } from "./pace.ts";
import { readRows, type V1MessageRow } from "./rows.ts";
import type { V1Source } from "./source.ts";

/** Where what came from version 1 is noted as imported. */
export const V1_LEDGER = "sekha-v1";

export interface V1BuildOptions {
  source: V1Source;
  connection: Connection;
  owner: Owner;
  /** Old vectors go on being searched where they are: what has one is not embedded again. */
  legacyVectors: boolean;
  /** Milliseconds since the epoch. */
  clock: () => number;
  newId: () => string;
  signal: AbortSignal;
  onProgress: V1Progress;
}

/** What a build wrote. */
export interface V1BuildOutcome {
  conversations: number;
  messages: number;
  summaries: number;
  /** Conversations that were there already: they keep what they have. */
  known: number;
  /** Messages that version 1 wrote to those since: they come at the end. */
  continued: number;
  /** Conversations made for messages whose own had no row. */
  recovered: number;
  pinned: number;
  archived: number;
  /** Rows with something under metadata's `sekha_v1`. */
  kept: number;
  /** Messages that wait to be embedded. */
  queued: number;
}

/** Rows written in one call; a conversation may have any number of messages. */
const GROUP = 400;

interface Target {
  seq: number;
  created: number;
  /** Position of the next message. */
  next: number;
}

interface Pair {
  row: V1MessageRow;
  mapped: MappedMessage;
}

/**
 * Writes the rows of version 1 into a database of version 2, in the caller's transaction. A conversation whose id is
 * there already keeps what it has, and gets the messages that it lacks. Rejects when the signal aborts.
 */
export async function buildFromV1(options: V1BuildOptions): Promise<V1BuildOutcome> {
  return new V1Builder(options).build();
}

class V1Builder {
  readonly #options: V1BuildOptions;
  readonly #pace: Pace;
  /** Conversations numbered up to here were there before. */
  readonly #before: number;
  /** When some messages are known to have vectors, those without one have none. */
  readonly #someEmbedded: boolean;
  readonly #outcome: V1BuildOutcome = {
    ...{ conversations: 0, messages: 0, summaries: 0, known: 0, continued: 0, recovered: 0 },
    ...{ pinned: 0, archived: 0, kept: 0, queued: 0 },
  };

  constructor(options: V1BuildOptions) {
    const { source, connection, signal, clock, onProgress } = options;
    this.#options = options;
    const { conversations, messages } = source.counts;
    this.#pace = new Pace({
      ...{ signal, clock },
      onStep: (done) => onProgress("reading", done, conversations + messages),
    });
    const [last] = connection.rows<{ seq: number }>(
      "SELECT coalesce(max(seq), 0) AS seq FROM conversations",
    );
    this.#before = last?.seq ?? 0;
    this.#someEmbedded =
      source.tables.columns.get("messages")?.has("embedding_id") === true &&
      source.database
        .prepare("SELECT 1 FROM messages WHERE embedding_id IS NOT NULL LIMIT 1")
        .get() !== undefined;
  }

  async build(): Promise<V1BuildOutcome> {
    await this.#conversations();
    await this.#messages();
    const { source, connection, owner, clock } = this.#options;
    const target = (id: string) => this.#target(id);
    this.#outcome.summaries = writeExtras({ source, connection, owner, target, now: clock() });
    return this.#outcome;
  }

  async #conversations(): Promise<void> {
    const { source, connection, owner, clock } = this.#options;
    for (const row of readRows(source.database, source.tables, "conversations")) {
      const { draft, kept } = mapConversation(row, clock());
      if (this.#find(draft.id) === undefined) {
        this.#create(draft);
        this.#outcome.conversations += 1;
        if (draft.pinned === true) this.#outcome.pinned += 1;
        if (draft.status === "archived") this.#outcome.archived += 1;
        if (Object.keys(kept).length > 0) this.#outcome.kept += 1;
      } else this.#outcome.known += 1;
      await this.#pace.step(1);
    }
    // The ledger is for files with ids of their own; here the conversations' ids say what is known.
    connection.execute("DELETE FROM import_ledger WHERE owner = ? AND source = ?", [
      owner,
      V1_LEDGER,
    ]);
  }

  #create(draft: Parameters<typeof importConversation>[2]["draft"] & { id: string }): void {
    const { connection, owner, clock, newId } = this.#options;
    importConversation(connection, owner, {
      identity: { source: V1_LEDGER, externalId: draft.id },
      draft,
      context: { now: clock(), newId },
    });
  }

  /** Messages come as they were written, so those of a conversation mostly follow each other. */
  async #messages(): Promise<void> {
    const { source } = this.#options;
    let group: Pair[] = [];
    for (const row of readRows(source.database, source.tables, "messages")) {
      const mapped = mapMessage(row);
      const [first] = group;
      if (group.length >= GROUP || first?.mapped.conversation !== mapped.conversation) {
        this.#write(group);
        await this.#pace.step(group.length);
        group = [];
      }
      group.push({ row, mapped });
    }
    this.#write(group);
  }

  #write(group: readonly Pair[]): void {
    const [first] = group;
    if (first === undefined) return;
    const time = first.mapped.draft.timestamp ?? this.#options.clock();
    const target =
      this.#find(first.mapped.conversation) ?? this.#recover(first.mapped.conversation, time);
    const wasThere = target.seq <= this.#before;
    const lacking = wasThere ? this.#lacking(group) : group;
    if (lacking.length === 0) return;
    this.#insert(target, this.#withFreeIds(lacking));
    if (wasThere) this.#outcome.continued += lacking.length;
  }

  /** Without those that are there, under their own id or the one they got instead. */
  #lacking(group: readonly Pair[]): Pair[] {
    const others = group.map(({ row, mapped }) => otherId(row, mapped.draft.id));
    const there = this.#takenIds([...group.map(({ mapped }) => mapped.draft.id), ...others]);
    return group.filter(
      ({ mapped }, at) => !(there.has(mapped.draft.id) || there.has(others[at] ?? "")),
    );
  }

  #insert(target: Target, messages: readonly MappedMessage[]): void {
    const drafts = messages.map(
      ({ draft }): MessageDraft => ({ timestamp: target.created, ...draft }),
    );
    const { connection, owner, clock, newId } = this.#options;
    const { ids, words } = insertMessages(
      connection,
      {
        ...{ owner, conversation: target.seq, firstPosition: target.next },
        ...{ now: clock(), newId },
      },
      drafts,
    );
    connection.execute(GROW, [target.seq, ids.length, words, importanceOf(drafts)]);
    if (target.seq <= this.#before) this.#touch(target, drafts);
    this.#keepMetadata(messages);
    this.#leaveVectors(messages);
    this.#outcome.messages += ids.length;
    this.#outcome.kept += messages.filter(({ kept }) => Object.keys(kept).length > 0).length;
  }

  /** What version 1 went on with was changed when its last message was written. */
  #touch({ seq, created }: Target, drafts: readonly MessageDraft[]): void {
    const last = Math.max(...drafts.map(({ timestamp }) => timestamp ?? created));
    this.#options.connection.execute(
      "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE seq = ?",
      [last, seq],
    );
  }

  #takenIds(ids: readonly string[]): Set<string> {
    const { connection, owner } = this.#options;
    const found = connection.rows<{ id: string }>(
      "SELECT id FROM messages WHERE owner = ? AND id IN (SELECT value FROM json_each(?))",
      [owner, JSON.stringify(ids)],
    );
    return new Set(found.map(({ id }) => id));
  }

  /** The same id as text and as blob, or one that version 2 gave to another message. */
  #withFreeIds(group: readonly Pair[]): MappedMessage[] {
    const taken = this.#takenIds(group.map(({ mapped }) => mapped.draft.id));
    return group.map(({ row, mapped }) => {
      const { id } = mapped.draft;
      const free = !taken.has(id);
      taken.add(id);
      return free ? mapped : { ...mapped, draft: { ...mapped.draft, id: otherId(row, id) } };
    });
  }

  #keepMetadata(messages: readonly MappedMessage[]): void {
    const { connection, owner } = this.#options;
    for (const { draft, metadata } of messages) {
      if (metadata === null) continue;
      connection.execute("UPDATE messages SET metadata = ? WHERE owner = ? AND id = ?", [
        metadata,
        owner,
        draft.id,
      ]);
    }
  }

  #leaveVectors(messages: readonly MappedMessage[]): void {
    const { connection, owner, legacyVectors } = this.#options;
    const embeddable = messages.filter(({ draft }) => draft.content.trim() !== "");
    const left = legacyVectors
      ? embeddable.filter(({ embedded }) => embedded || !this.#someEmbedded)
      : [];
    this.#outcome.queued += embeddable.length - left.length;
    if (left.length === 0) return;
    const ids = JSON.stringify(left.map(({ draft }) => draft.id));
    connection.execute(
      `DELETE FROM embedding_queue WHERE message_seq IN (SELECT seq FROM messages
         WHERE owner = ? AND id IN (SELECT value FROM json_each(?)))`,
      [owner, ids],
    );
    connection.execute(
      `UPDATE messages SET embedding_state = 'embedded'
       WHERE owner = ? AND id IN (SELECT value FROM json_each(?))`,
      [owner, ids],
    );
  }

  /** Where summaries and tags of a conversation go; null when it was there before. */
  #target(id: string): Target | null {
    const found = this.#find(id) ?? this.#recover(id, this.#options.clock());
    return found.seq > this.#before ? found : null;
  }

  /** Version 1 has rows of a conversation, and none of the conversation itself. */
  #recover(conversation: string, time: number): Target {
    this.#create(recoveredConversation(conversation, time));
    this.#outcome.recovered += 1;
    const made = this.#find(conversation);
    if (made === undefined) throw new Error(`conversation ${conversation} was not written`);
    return made;
  }

  #find(id: string): Target | undefined {
    const { connection, owner } = this.#options;
    return connection.rows<Target>(
      `SELECT seq, created_at AS created,
         (SELECT coalesce(max(position) + 1, 0) FROM messages WHERE conversation_seq = c.seq) AS next
       FROM conversations c WHERE owner = ? AND id = ?`,
      [owner, id],
    )[0];
  }
}
