import type { JsonObject } from "../../../core/conversations/conversation.ts";
import type { ProxyStore, SpoolEntry } from "../../../core/ports/proxy-store.ts";
import type { AnsweredTurns, MemoryRequest, ProxyTurn } from "../proxy-memory.ts";
import type { ConversationFinder, ConversationPath } from "./conversation-finder.ts";
import { type Kept, keptTurns } from "./kept-turns.ts";
import { continued, type HistoryTurn } from "./turn-history.ts";

/** A request that was recognised, until its answer is there. */
export interface OpenExchange {
  request: MemoryRequest;
  path: ConversationPath;
  /** What the client put into the model's mouth. */
  prefill: string;
  /** Milliseconds since the epoch. */
  askedAt: number;
}

interface CaptureDependencies {
  store: ProxyStore;
  finder: ConversationFinder;
  clock: () => number;
  newId: () => string;
}

/** Keeps what is new of exchanges, or notes that it is never to be kept. Call it for one owner at a time. */
export class ExchangeCapture {
  readonly #dependencies: CaptureDependencies;

  constructor(dependencies: CaptureDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves with how many messages are safe on disk. */
  async keep(exchange: OpenExchange, outcome: AnsweredTurns): Promise<number> {
    const { store, finder, clock, newId } = this.#dependencies;
    const { request, path, askedAt } = exchange;
    const { history, recognised } = path;
    const { owner } = request;
    const answer = answerOf(exchange, outcome);
    const all = { history: [...history, ...answer], recognised };
    const { known, pairs } = await finder.known(owner, path.conversationId, all);
    const answeredAt = clock();
    const options = { outcome, askedAt: Math.floor(askedAt), answeredAt: Math.floor(answeredAt) };
    const kept = keptTurns({ history, answer, known, pairs, recognised }, { ...options, newId });
    await store.spool(owner, {
      conversationId: path.conversationId,
      tip: history.at(-1)?.hash ?? "",
      window: answer.at(-1)?.window ?? "",
      touchedAt: options.answeredAt,
      turns: kept.turns,
      entry: kept.messages.length === 0 ? null : await this.#entry(exchange, outcome, kept),
    });
    return kept.messages.length;
  }

  /** The request's own turns, if they were not kept before. */
  async skipHistory({ request, path }: Pick<OpenExchange, "request" | "path">): Promise<void> {
    const unknown = path.history.filter(
      ({ hash }, index) =>
        index >= path.recognised && (path.known.get(hash)?.state ?? "seen") === "seen",
    );
    await this.#skip(request.owner, path, unknown);
  }

  async skipAnswer(exchange: OpenExchange, outcome: AnsweredTurns): Promise<void> {
    await this.#skip(exchange.request.owner, exchange.path, answerOf(exchange, outcome));
  }

  async #skip(owner: string, path: ConversationPath, turns: readonly HistoryTurn[]): Promise<void> {
    if (turns.length === 0) return;
    const marks = turns.map(({ hash, pair }) => ({ hash, pair }));
    await this.#dependencies.store.skip(owner, path.conversationId, marks);
  }

  async #entry(
    { request, path }: OpenExchange,
    { model }: AnsweredTurns,
    { messages }: Kept,
  ): Promise<SpoolEntry> {
    const { owner, folder } = request;
    const { conversationId, origin } = path;
    const known = await this.#dependencies.store.conversation(owner, conversationId);
    const metadata: JsonObject = {
      source: "proxy",
      ...((model ?? request.model) === null ? {} : { model: model ?? request.model }),
      ...origin,
    };
    return { conversationId, isFirst: known?.isStored !== true, folder, metadata, messages };
  }
}

function answerOf({ path, prefill }: OpenExchange, { turns }: AnsweredTurns): HistoryTurn[] {
  return continued(path.history, withPrefill(turns, prefill));
}

/** The next request brings what was put into the model's mouth and what it added as one turn. */
function withPrefill(turns: readonly ProxyTurn[], prefill: string): readonly ProxyTurn[] {
  const [first, ...rest] = turns;
  if (prefill === "" || first === undefined || first.text.startsWith(prefill)) return turns;
  return [{ ...first, text: prefill + first.text }, ...rest];
}
