import { arranged } from "../../server/src/core/context/arrangement.ts";
import { ContextAssembly } from "../../server/src/core/context/context-assembly.ts";
import type { ContextOptions } from "../../server/src/core/context/context-options.ts";
import type { ContextMessage } from "../../server/src/core/context/context-types.ts";
import { excerptOf } from "../../server/src/core/context/excerpt.ts";
import { frameContext } from "../../server/src/core/context/framing.ts";
import { LOCAL_OWNER } from "../../server/src/core/conversations/conversation.ts";
import { NO_FACTS } from "../../server/src/core/ports/fact-store.ts";
import { NO_SUMMARIES } from "../../server/src/core/ports/summary-source.ts";
import { cleanQuery } from "../../server/src/core/search/query-terms.ts";
import type { RankedMessage } from "../../server/src/core/search/search-types.ts";
import { countTokens } from "../../server/src/llm/money/token-counter.ts";
import type { Shown } from "./context-measures.ts";
import type { RecordedScope } from "./context-scopes.ts";

export type Asked = RecordedScope["asked"][number];

export interface Shape {
  shown: Shown[];
  tokens: number;
}

/** Longer messages are cut where a baseline cuts at all, to so many characters. */
const LONG = 900;
const EXCERPT = 500;

/** Tokens of parts are hardly ever more than so many above those of the whole. */
const SLACK = 10;

/** The product's assembly over what the search answered. */
export async function assembleRecorded(
  recorded: RecordedScope,
  { question, hits }: Asked,
  { budget, options, counted }: { budget: number; options: ContextOptions; counted: Counter },
): Promise<Shape> {
  const assembly = new ContextAssembly(
    {
      recall: {
        search: async (_owner, { limit }) => ({
          hits: hits.slice(0, limit).flatMap((hit) => rankedMessage(recorded, hit)),
          conversations: [],
          total: hits.length,
          mode: "hybrid",
          degraded: null,
        }),
      },
      store: {
        ids: async () => [],
        list: async () => ({ items: [], total: 0 }),
        turnsAround: async (_owner, ids, reach) => turnsAround(recorded, ids, reach),
      },
      summaries: NO_SUMMARIES,
      facts: NO_FACTS,
      counter: { count: counted },
      clock: () => recorded.now,
    },
    options,
  );
  const { messages, tokens } = await assembly.assemble(LOCAL_OWNER, {
    query: question.q,
    budget,
    preferredLabels: [],
    excludedFolders: [],
    conversationId: null,
    knownMessages: new Set(),
  });
  return { shown: shownOf(messages), tokens };
}

/**
 * The best hits in the product's own frame, as many as the tokens allow; what does not fit is passed over. Whole, or
 * with long messages cut to their best passages.
 */
export async function plainTopK(
  recorded: RecordedScope,
  { question, hits }: Asked,
  { limit, cut, counted }: { limit: number; cut: boolean; counted: Counter },
): Promise<Shape> {
  const { terms } = cleanQuery(question.q, { speakerWords: new Set() });
  const stems = new Set(terms.map((term) => term.stem));
  let taken: ContextMessage[] = [];
  let tokens = 0;
  for (const hit of hits) {
    const [found] = rankedMessage(recorded, hit);
    if (found === undefined) continue;
    const next = contextMessage(found, cut ? stems : null);
    if (tokens + (await counted(next.text)) > limit + SLACK) continue;
    const more = arranged([...taken, next]);
    const needed = await counted(frameContext(more));
    if (needed > limit) continue;
    taken = more;
    tokens = needed;
  }
  return { shown: shownOf(taken), tokens };
}

export type Counter = (text: string) => Promise<number>;

/** Counts each text once. */
export function rememberingCounter(): Counter {
  const known = new Map<string, number>();
  return async (text) => {
    const tokens = known.get(text) ?? (await countTokens(text));
    if (text.length < 1500) known.set(text, tokens);
    return tokens;
  };
}

function contextMessage(
  { message, conversation, score }: RankedMessage,
  stems: ReadonlySet<string> | null,
): ContextMessage {
  const isExcerpt = stems !== null && message.content.length > LONG;
  return {
    message,
    conversation,
    text: isExcerpt ? excerptOf(message.content, stems, EXCERPT) : message.content,
    isExcerpt,
    isSummary: false,
    relevance: score,
    supersededBy: null,
    supersedes: [],
  };
}

function rankedMessage(
  { messages, conversations }: RecordedScope,
  { id, score }: { id: string; score: number },
): RankedMessage[] {
  const message = messages.get(id);
  const conversation = conversations.get(message?.conversationId ?? "");
  if (message === undefined || conversation === undefined) return [];
  return [{ message, conversation, score, snippet: "", matched: [], neighbours: [] }];
}

function turnsAround({ messages }: RecordedScope, ids: readonly string[], reach: number) {
  const hits = new Set(ids);
  const all = [...messages.values()];
  const found = all.filter((one) => hits.has(one.id));
  return all.filter((one) =>
    found.some(
      (hit) =>
        hit.conversationId === one.conversationId && Math.abs(hit.position - one.position) <= reach,
    ),
  );
}

function shownOf(messages: readonly ContextMessage[]): Shown[] {
  const unitOf = new Map(
    messages.map(({ message }) => [message.id, String(message.metadata.unit)]),
  );
  return messages.map(({ message, text, isExcerpt, supersededBy }) => ({
    unit: String(message.metadata.unit),
    said: message.content,
    quoted: text,
    isExcerpt,
    supersededBy: supersededBy === null ? null : (unitOf.get(supersededBy) ?? null),
  }));
}
