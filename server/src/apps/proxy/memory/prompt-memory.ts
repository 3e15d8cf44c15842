import type { FrozenBlock, ProxyStore } from "../../../core/ports/proxy-store.ts";
import type { MemoryBlock, MemoryReport, MemoryRequest } from "../proxy-memory.ts";
import { blocksToDrop, nextBudget } from "./block-budget.ts";
import type { ConversationPath } from "./conversation-finder.ts";
import type { MemoryClient } from "./memory-client.ts";
import { NO_BLOCK, type Recalled, recall } from "./recall.ts";
import { recallQuery } from "./recall-query.ts";
import type { HistoryTurn } from "./turn-history.ts";
import { fatesOf, isUnwanted } from "./unwanted-blocks.ts";

interface PromptDependencies {
  store: ProxyStore;
  clock: () => number;
  newId: () => string;
  timeoutMs: number;
}

interface PromptRequest {
  request: MemoryRequest;
  path: ConversationPath;
  client: MemoryClient;
  deadline: AbortSignal;
}

/** What goes into a prompt, and what is told of it. */
export interface PromptMemory {
  blocks: MemoryBlock[];
  report: Pick<MemoryReport, "recall" | "contextUsed" | "contextTokens" | "rebuilt" | "note">;
}

interface TurnBlock {
  turn: HistoryTurn;
  block: FrozenBlock;
}

/**
 * The blocks of a prompt: those frozen beside earlier turns, and a new one beside the newest user turn if there is none
 * yet. What was frozen stays as it is, byte by byte, but where the budget or an exclusion forces it out.
 */
export async function promptMemory(
  dependencies: PromptDependencies,
  prompt: PromptRequest,
): Promise<PromptMemory> {
  const { request, path } = prompt;
  const frozen = frozenBlocks(path);
  const newest = path.history.findLast(({ turn }) => turn.role === "user") ?? null;
  const standing = frozen.filter(({ block }) => block.text !== "");
  const isAsked =
    newest !== null && !isAnswering(path) && !frozen.some(({ turn }) => turn === newest);
  const [recalled, fates] = await Promise.all([
    isAsked ? recallFor(dependencies, prompt, { newest, standing }) : null,
    isAsked ? fatesIn(standing, prompt) : null,
  ]);
  const fresh =
    recalled === null || newest === null ? null : { turn: newest, block: recalled.block };
  const excluded = request.excludedFolders;
  const wanted = standing.filter(({ block }) => !isUnwanted(block, { excluded, fates }));
  const all = fresh === null || fresh.block.text === "" ? wanted : [...wanted, fresh];
  const dropped = blocksToDrop(all.map(tokensOf), request.contextBudget);
  const kept = all.filter(({ turn }) => !dropped.has(turn.hash));
  const gone = standing.filter((one) => !kept.includes(one)).map(({ turn }) => turn.hash);
  if (gone.length > 0) {
    await dependencies.store.dropBlocks(request.owner, path.conversationId, gone);
  }
  const own = kept.find(({ turn }) => turn === newest)?.block ?? NO_BLOCK;
  return {
    blocks: kept.map(({ turn, block }) => ({ turn: turn.place, text: block.text })),
    report: {
      recall: own.text === "" ? (recalled?.outcome ?? "none") : "used",
      contextUsed: own.citations,
      contextTokens: kept.reduce((sum, { block }) => sum + block.tokens, 0),
      rebuilt: gone.length > 0,
      note: recalled?.note ?? null,
    },
  };
}

function frozenBlocks({ history, known, recognised, pairs }: ConversationPath): TurnBlock[] {
  return history.flatMap((turn, index) => {
    const twin = index < recognised ? pairs.get(turn.pair) : undefined;
    const block = known.get(turn.hash)?.block ?? twin?.block ?? null;
    return block === null ? [] : [{ turn, block }];
  });
}

/** In the middle of an exchange a tool has answered; what stands in the prompt serves it to its end. */
function isAnswering({ history }: ConversationPath): boolean {
  return history.at(-1)?.turn.role === "tool";
}

async function recallFor(
  { store, clock, newId, timeoutMs }: PromptDependencies,
  prompt: PromptRequest,
  { newest, standing }: { newest: HistoryTurn; standing: readonly TurnBlock[] },
): Promise<Recalled> {
  const { request, path, client, deadline } = prompt;
  const { conversationId, history } = path;
  const placed = standing.map(tokensOf);
  const budget = nextBudget(placed, request.contextBudget);
  // What is about to give way may be quoted again.
  const dropped = blocksToDrop(
    [...placed, { hash: newest.hash, tokens: budget }],
    request.contextBudget,
  );
  const staying = standing.filter(({ turn }) => !dropped.has(turn.hash));
  const recalled = await recall({
    client,
    request,
    query: recallQuery(history, history.indexOf(newest)),
    conversationId: isBeyondPrompt(prompt) ? conversationId : null,
    budget,
    knownMessages: knownMessages(path, staying),
    deadline,
    timeoutMs,
  });
  // Who asked is gone; the next to ask is answered anew.
  if (request.signal.aborted) return recalled;
  const turn = { hash: newest.hash, pair: newest.pair };
  const frozen = { conversationId, turn, blockId: newId(), block: recalled.block };
  const block = await store.freeze(request.owner, { ...frozen, touchedAt: clock() });
  return { ...recalled, block };
}

/** Whether the conversation may hold turns that the prompt does not; else asking for its past is asked in vain. */
function isBeyondPrompt({ request, path }: PromptRequest): boolean {
  return request.conversationId !== null || path.recognised > 0;
}

function knownMessages(path: ConversationPath, standing: readonly TurnBlock[]): string[] {
  const said = [...path.known.values(), ...path.pairs.values()];
  return [
    ...new Set([
      ...said.flatMap(({ messageId }) => messageId ?? []),
      ...standing.flatMap(({ block }) => block.citations.map((one) => one.messageId)),
    ]),
  ];
}

async function fatesIn(
  standing: readonly TurnBlock[],
  { request, client, deadline }: PromptRequest,
): Promise<Awaited<ReturnType<typeof fatesOf>>> {
  const cited = standing.flatMap(({ block }) => block.citations.map((one) => one.conversationId));
  if (cited.length === 0) return null;
  return fatesOf(client, [...new Set(cited)], AbortSignal.any([request.signal, deadline]));
}

function tokensOf({ turn, block }: TurnBlock) {
  return { hash: turn.hash, tokens: block.tokens };
}
