import type { TokenList, WordPieceTokenizer } from "./word-piece.ts";

/** A stretch of a text that fits the model's window. Offsets are UTF-16 units into the text. */
export interface TokenChunk {
  start: number;
  end: number;
  /** Ready for the model, special tokens included. */
  tokenIds: number[];
}

export interface ChunkLimits {
  /** Per chunk, special tokens included. */
  maxTokens: number;
  /** Tokens that a chunk repeats from the end of the one before. */
  overlap: number;
}

/** The share of a window in which a paragraph's, sentence's or line's end is preferred as cut. */
const CUT_ZONE = 0.25;
const SPECIAL_TOKENS = 2;

/**
 * Splits a text into overlapping chunks. The chunks together cover everything that has a token;
 * a text without any (empty, spaces, control characters) gives no chunk.
 */
export function chunkText(
  text: string,
  tokenizer: WordPieceTokenizer,
  limits: ChunkLimits,
): TokenChunk[] {
  const tokens = tokenizer.tokenize(text);
  const window = limits.maxTokens - SPECIAL_TOKENS;
  const chunks: TokenChunk[] = [];
  const { start: startId, end: endId } = tokenizer.specials;
  for (const { from, to } of windows(text, tokens, { window, overlap: limits.overlap })) {
    chunks.push({
      start: tokens.starts[from] ?? 0,
      end: tokens.ends[to - 1] ?? text.length,
      tokenIds: [startId, ...tokens.ids.slice(from, to), endId],
    });
  }
  return chunks;
}

interface TokenRange {
  from: number;
  to: number;
}

function* windows(
  text: string,
  tokens: TokenList,
  { window, overlap }: { window: number; overlap: number },
): Generator<TokenRange> {
  const count = tokens.ids.length;
  let from = 0;
  while (count - from > window) {
    const to = bestCut(text, tokens, {
      from: from + Math.floor(window * (1 - CUT_ZONE)),
      to: from + window,
    });
    yield { from, to };
    from = overlapStart(tokens, to - overlap, to);
  }
  if (count > 0) yield { from, to: count };
}

/** The last of the strongest boundaries between two tokens in a range. */
function bestCut(text: string, tokens: TokenList, { from, to }: TokenRange): number {
  let best = to;
  let bestStrength = 0;
  for (let cut = to; cut >= from; cut -= 1) {
    const strength = boundaryStrength(text, tokens, cut);
    if (strength > bestStrength) {
      best = cut;
      bestStrength = strength;
    }
  }
  return best;
}

/** The start of the first whole word in a range, or of the range where a word fills it. */
function overlapStart(tokens: TokenList, from: number, to: number): number {
  for (let index = from; index < to; index += 1) if (tokens.wordStarts[index]) return index;
  return from;
}

const BOUNDARY = { none: 0, word: 1, space: 2, line: 3, sentence: 4, paragraph: 5 } as const;

/** How good a place to cut lies before the token `cut`. */
function boundaryStrength(text: string, tokens: TokenList, cut: number): number {
  if (!tokens.wordStarts[cut]) return BOUNDARY.none;
  const gapStart = tokens.ends[cut - 1] ?? 0;
  const gap = text.slice(gapStart, tokens.starts[cut]);
  const firstLineEnd = gap.indexOf("\n");
  if (firstLineEnd >= 0 && gap.includes("\n", firstLineEnd + 1)) return BOUNDARY.paragraph;
  const last = text.charAt(gapStart - 1);
  if (/[。！？]/u.test(last)) return BOUNDARY.sentence;
  if (gap === "") return BOUNDARY.word;
  if (endsSentence(text, gapStart)) return BOUNDARY.sentence;
  return firstLineEnd >= 0 ? BOUNDARY.line : BOUNDARY.space;
}

/** A full stop, or one inside closing quotes or brackets. */
function endsSentence(text: string, end: number): boolean {
  return /[.!?…]["'”’»)\]]{0,2}$/u.test(text.slice(Math.max(0, end - 3), end));
}
