import { createHash } from "node:crypto";
import type { JsonObject } from "../../../core/conversations/conversation.ts";
import type { KnownTurn, ProxyConversation, ProxyStore } from "../../../core/ports/proxy-store.ts";
import { type Recognition, recognise } from "./recognition.ts";
import type { HistoryTurn } from "./turn-history.ts";

/** The conversation of a request, with what is known of its turns. */
export interface ConversationPath {
  conversationId: string;
  isStored: boolean;
  history: readonly HistoryTurn[];
  /** By hash. */
  known: ReadonlyMap<string, KnownTurn>;
  /** Turns before this place are known, though not by their hash. */
  recognised: number;
  /** What is known of those, by pair. */
  pairs: ReadonlyMap<string, KnownTurn>;
  /** Told to the memory when it makes the conversation. */
  origin: JsonObject;
}

interface FinderDependencies {
  store: ProxyStore;
  clock: () => number;
  newId: () => string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Finds the conversation that a request goes on with, or adds a new one. Call it for one owner at a time. */
export class ConversationFinder {
  readonly #dependencies: FinderDependencies;

  constructor(dependencies: FinderDependencies) {
    this.#dependencies = dependencies;
  }

  async find(
    owner: string,
    history: readonly HistoryTurn[],
    named: string | null,
  ): Promise<ConversationPath> {
    const recognition =
      named === null
        ? await this.#byHistory(owner, history)
        : await this.#byName(owner, history, named);
    const { conversation, recognised, origin } = await this.#added(owner, history, recognition);
    const { known, pairs } = await this.known(owner, conversation.id, { history, recognised });
    return {
      conversationId: conversation.id,
      isStored: conversation.isStored,
      history,
      known,
      recognised,
      pairs,
      origin,
    };
  }

  /** What is known of a history by now. */
  async known(
    owner: string,
    conversationId: string,
    { history, recognised }: { history: readonly HistoryTurn[]; recognised: number },
  ): Promise<Pick<ConversationPath, "known" | "pairs">> {
    const { store } = this.#dependencies;
    const hashes = history.map(({ hash }) => hash);
    const known = await store.turns(owner, conversationId, { hashes });
    const cut = history.slice(0, recognised).map(({ pair }) => pair);
    const pairs = cut.length === 0 ? [] : await store.turns(owner, conversationId, { pairs: cut });
    return {
      known: new Map(known.map((turn) => [turn.hash, turn])),
      pairs: new Map(pairs.map((turn) => [turn.pair, turn])),
    };
  }

  async #byHistory(owner: string, history: readonly HistoryTurn[]): Promise<Recognition> {
    const { store, clock } = this.#dependencies;
    const hashes = history.map(({ hash }) => hash);
    const byHistory = await store.findByHistory(owner, hashes);
    const isTip = hashes.includes(byHistory?.conversation.tip ?? "");
    const windows = history.map(({ window }) => window);
    const byWindow =
      isTip || windows.at(-1) === "" ? null : await store.findByWindow(owner, windows);
    return recognise(history, { byHistory, byWindow, now: clock() });
  }

  /** A conversation that the client names is never left, whatever its history looks like. */
  async #byName(
    owner: string,
    history: readonly HistoryTurn[],
    named: string,
  ): Promise<Recognition | { kind: "named"; id: string }> {
    const { store } = this.#dependencies;
    const id = idOf(owner, named);
    const conversation = await store.conversation(owner, id);
    if (conversation === null) return { kind: "named", id };
    if (history.some(({ hash }) => hash === conversation.tip)) {
      return { kind: "continued", conversation, known: 0 };
    }
    const [tip] = await store.turns(owner, id, { hashes: [conversation.tip] });
    const place = history.findLastIndex(({ pair }) => pair === tip?.pair);
    return { kind: "continued", conversation, known: place + 1 };
  }

  async #added(
    owner: string,
    history: readonly HistoryTurn[],
    recognition: Recognition | { kind: "named"; id: string },
  ) {
    const { store, clock, newId } = this.#dependencies;
    if (recognition.kind === "continued") {
      const { conversation, known } = recognition;
      return { conversation, recognised: known, origin: {} };
    }
    const id = recognition.kind === "named" ? recognition.id : newId();
    const last = history.at(-1);
    const tip = { hash: last?.hash ?? "", pair: last?.pair ?? "" };
    const touchedAt = clock();
    const conversation: ProxyConversation = {
      ...{ id, tip: tip.hash, window: "", isStored: false },
      touchedAt,
    };
    if (recognition.kind !== "branched") {
      await store.add(owner, { id, tip, touchedAt });
      return { conversation, recognised: 0, origin: {} };
    }
    const { from, shared } = recognition;
    const hashes = history.slice(0, shared).map(({ hash }) => hash);
    await store.add(owner, { id, tip, touchedAt }, { from: from.id, hashes });
    const origin = { branched_from: from.id, branched_after_turns: shared };
    return { conversation, recognised: 0, origin };
  }
}

/** Clients may name conversations as they like; the memory knows UUIDs. The same name gives the same one. */
function idOf(owner: string, named: string): string {
  if (UUID.test(named)) return named.toLowerCase();
  const hex = createHash("sha256")
    .update(JSON.stringify([owner, named]))
    .digest("hex");
  // Version 8: made as its maker likes (RFC 9562).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
