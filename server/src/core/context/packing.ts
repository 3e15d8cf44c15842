import type { TokenCounter } from "../ports/token-counter.ts";
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
/** Less is no message. */
const LEAST_TOKENS = 10;
/** Stands for any number of two digits while the order is not known. */
const SOME_NUMBER = 88;

interface Open {
  message: ContextMessage;
  value: number;
  /** Tokens, guessed. */
  guess: number;
}

/**
 * Takes the candidate with the most value for its tokens, again and again; each one taken of a conversation lowers what
 * the rest of it is worth, so that several conversations are heard. What is taken is counted with its citation, and the
 * whole text at the end: it never has more tokens than the limit.
 */
export async function pack(input: PackingInput): Promise<Packed> {
  const count = (text: string) => input.counter.count(text, input.model);
  const taken: ContextMessage[] = [];
  const takenOf = new Map<string, number>();
  const open = input.candidates.map(({ candidate, value }) => openedOf(candidate, value, input));
  let left = input.limit - (await count(FRAME));
  while (open.length > 0 && left >= LEAST_TOKENS) {
    const { message } = takeBest(open, takenOf, input.options);
    const shown = shortened(message, input);
    const tokens = await count(linesOf(shown, takenOf.has(shown.conversation.id)));
    if (tokens > left) continue;
    left -= tokens;
    taken.push(shown);
    takenOf.set(shown.conversation.id, (takenOf.get(shown.conversation.id) ?? 0) + 1);
  }
  return withinLimit(taken, input);
}

/** Tokens of parts need not add up to those of the whole, so that the last ones may have to go again. */
async function withinLimit(taken: ContextMessage[], input: PackingInput): Promise<Packed> {
  for (let length = taken.length; length > 0; length -= 1) {
    const messages = input.arrange(taken.slice(0, length));
    const text = frameContext(messages);
    const tokens = await input.counter.count(text, input.model);
    if (tokens <= input.limit) return { messages, text, tokens };
  }
  return { messages: [], text: "", tokens: 0 };
}

function openedOf(candidate: ContextCandidate, value: number, { options }: PackingInput): Open {
  const { message, conversation, relevance, sources } = candidate;
  const length =
    message.content.length > options.longMessage ? options.excerpt : message.content.length;
  return {
    value,
    guess: MESSAGE_OVERHEAD + length / CHARACTERS_PER_TOKEN,
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

/** Removes and returns the one with the highest value for its tokens; the earlier of equals. */
function takeBest(
  open: Open[],
  takenOf: ReadonlyMap<string, number>,
  { tokenExponent, repetition }: ContextOptions,
): Open {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [place, { message, value, guess }] of open.entries()) {
    const heard = takenOf.get(message.conversation.id) ?? 0;
    const worth = (value * repetition ** heard) / guess ** tokenExponent;
    if (worth > highest) {
      highest = worth;
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

function linesOf(message: ContextMessage, isKnownConversation: boolean): string {
  const above = isKnownConversation ? dayLine(message) : conversationLine(message);
  return `${above}\n${messageLines(message, new Map([[message.message.id, SOME_NUMBER]]))}\n`;
}
