import type { Message } from "../conversations/conversation.ts";
import type { TokenCounter } from "../ports/token-counter.ts";
import { questionShare } from "../search/text-evidence.ts";
import type { ContextOptions } from "./context-options.ts";
import type { ContextCandidate, ContextMessage } from "./context-types.ts";
import { excerptOf } from "./excerpt.ts";
import { conversationLine, dayLine, FRAME, frameContext, messageLines } from "./framing.ts";

export interface PackingInput {
  candidates: readonly { candidate: ContextCandidate; value: number }[];
  /** Tokens the framed text may have. */
  limit: number;
  stems: ReadonlySet<string>;
  counter: TokenCounter;
  model?: string;
  options: ContextOptions;
  /** Puts what was taken in the order in which it is shown. */
  arrange: (taken: readonly ContextMessage[]) => ContextMessage[];
}

export interface Packed {
  messages: ContextMessage[];
  text: string;
  tokens: number;
}

/** A guess before counting: English has four characters a token, code fewer. */
const CHARACTERS_PER_TOKEN = 4;
/** A citation, about. */
const MESSAGE_OVERHEAD = 8;
/** So much of its guess a text has at least: what cannot fit by that is not counted, which would take most of the time. */
const LEAST_OF_GUESS = 0.6;
/** Less is no message. */
const LEAST_TOKENS = 10;
/** The share of a turn's characters that stand in questions, from which it counts as one that asks. */
const ASKING = 0.25;
/** How often what the count of the whole text leaves is filled again. */
const ROUNDS = 3;
/** Stands for any number of two digits while the order is not known. */
const SOME_NUMBER = 88;

interface Open {
  message: ContextMessage;
  /** Value for its tokens. */
  worth: number;
  /** Tokens, guessed. */
  guess: number;
}

/**
 * Takes the candidate with the most value for its tokens, again and again; each one taken of a conversation lowers what
 * the rest of it is worth, so that several conversations are heard. What is taken is counted with its citation and the
 * headings it brings; the whole text is counted too, what that leaves is filled again, and it never has more tokens
 * than the limit.
 */
export async function pack(input: PackingInput): Promise<Packed> {
  const open = input.candidates.map(({ candidate, value }) => openedOf(candidate, value, input));
  const taken: ContextMessage[] = [];
  let packed: Packed = { messages: [], text: "", tokens: 0 };
  let left = input.limit - (await input.counter.count(FRAME, input.model));
  for (let round = 0; round < ROUNDS && open.length > 0 && left >= LEAST_TOKENS; round += 1) {
    const before = taken.length;
    await fill(taken, { open, left }, input);
    if (taken.length === before) break;
    packed = await withinLimit(taken, input);
    left = input.limit - packed.tokens;
  }
  return packed;
}

async function fill(
  taken: ContextMessage[],
  { open, left }: { open: Open[]; left: number },
  input: PackingInput,
): Promise<void> {
  const headings = new Headings(taken);
  const tooLong: Open[] = [];
  let rest = left;
  while (open.length > 0 && rest >= LEAST_TOKENS) {
    const next = takeBest(open, headings, input.options);
    if (next.guess * LEAST_OF_GUESS > rest) {
      tooLong.push(next);
      continue;
    }
    const shown = shortened(next.message, input);
    const tokens = await input.counter.count(headings.linesOf(shown), input.model);
    if (tokens > rest) {
      tooLong.push(next);
      continue;
    }
    rest -= tokens;
    taken.push(shown);
    headings.add(shown);
  }
  open.push(...tooLong);
}

/** Conversations and days that have their heading already. */
class Headings {
  readonly #days = new Map<string, Set<string>>();
  readonly #heard = new Map<string, number>();

  constructor(taken: readonly ContextMessage[]) {
    for (const one of taken) this.add(one);
  }

  add(message: ContextMessage): void {
    const { id } = message.conversation;
    this.#heard.set(id, this.heard(id) + 1);
    this.#days.set(id, (this.#days.get(id) ?? new Set()).add(dayLine(message)));
  }

  /** How many messages of a conversation were taken. */
  heard(conversation: string): number {
    return this.#heard.get(conversation) ?? 0;
  }

  /** What taking the message adds to the text. */
  linesOf(message: ContextMessage): string {
    const days = this.#days.get(message.conversation.id);
    const lines = `${messageLines(message, new Map([[message.message.id, SOME_NUMBER]]))}\n`;
    if (days === undefined) return `${conversationLine(message)}\n${lines}`;
    return days.has(dayLine(message)) ? lines : `${dayLine(message)}\n${lines}`;
  }
}

/** Tokens of parts need not add up to those of the whole, so that the last ones may have to go again. */
async function withinLimit(taken: ContextMessage[], input: PackingInput): Promise<Packed> {
  for (; taken.length > 0; taken.pop()) {
    const messages = input.arrange(taken);
    const text = frameContext(messages);
    const tokens = await input.counter.count(text, input.model);
    if (tokens <= input.limit) return { messages, text, tokens };
  }
  return { messages: [], text: "", tokens: 0 };
}

function openedOf(candidate: ContextCandidate, value: number, { options }: PackingInput): Open {
  const { message, conversation, relevance, sources } = candidate;
  const isLong = message.content.length > options.longMessage;
  const length = isLong ? options.excerpt : message.content.length;
  const share = (isLong ? options.excerptShare : 1) * (asks(message) ? options.questionShare : 1);
  const guess = MESSAGE_OVERHEAD + length / CHARACTERS_PER_TOKEN;
  return {
    worth: (value * share) / guess ** options.tokenExponent,
    guess,
    message: {
      message,
      conversation,
      text: message.content,
      isExcerpt: false,
      isSummary: sources.has("summary"),
      relevance,
      supersededBy: null,
      supersedes: [],
    },
  };
}

/** Between people. Who tells something and only asks back at the end tells. */
function asks({ name, content }: Message): boolean {
  return name !== null && /\?\s*$/.test(content) && questionShare(content) > ASKING;
}

/** Removes and returns the one with the highest value for its tokens; the earlier of equals. */
function takeBest(open: Open[], headings: Headings, { repetition }: ContextOptions): Open {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [place, { message, worth }] of open.entries()) {
    const left = worth * repetition ** headings.heard(message.conversation.id);
    if (left > highest) {
      highest = left;
      best = place;
    }
  }
  const [chosen] = open.splice(best, 1);
  if (chosen === undefined) throw new RangeError("There is nothing to take.");
  return chosen;
}

function shortened(message: ContextMessage, { options, stems }: PackingInput): ContextMessage {
  if (message.text.length <= options.longMessage) return message;
  return { ...message, text: excerptOf(message.text, stems, options.excerpt), isExcerpt: true };
}
