/**
 * BERT's uncased WordPiece tokenizer, with the place in the text that each token came from
 * (Devlin et al. 2018; the greedy longest match of Wu et al. 2016, section 4.1).
 *
 * It differs from the reference on purpose where that would lose text. A form feed parts words. A word longer than
 * 100 characters is read in parts, and a character that the vocabulary lacks (an emoji) is a word
 * of its own; the reference turns the whole word into one unknown token. Text that looks like a
 * special token (`[SEP]`) stays text. Time is linear in the length of the text.
 */
export class WordPieceTokenizer {
  readonly #firstPieces = new Map<string, number>();
  readonly #laterPieces = new Map<string, number>();
  readonly #unknown: number;
  readonly #longestPiece: number;
  readonly #readings = new Map<string, Reading>();
  /** The id before and after a text. */
  readonly specials: { start: number; end: number };

  constructor(vocabulary: ReadonlyMap<string, number>) {
    for (const [entry, id] of vocabulary) {
      if (!entry.startsWith(CONTINUATION)) this.#firstPieces.set(entry, id);
      else this.#laterPieces.set(entry.slice(CONTINUATION.length), id);
    }
    this.#unknown = idOf(vocabulary, "[UNK]");
    this.specials = { start: idOf(vocabulary, "[CLS]"), end: idOf(vocabulary, "[SEP]") };
    this.#longestPiece = longestEntry(vocabulary);
  }

  /** Tokens without specials. Unreadable characters (controls, lone surrogates) give none. */
  tokenize(text: string): TokenList {
    const tokens: TokenList = { ids: [], starts: [], ends: [], wordStarts: [] };
    const word = new Word();
    let offset = 0;
    for (const character of text) {
      const place = { start: offset, end: offset + character.length };
      offset = place.end;
      const reading = this.#read(character);
      if (reading === "space") this.#finishWord(word, tokens);
      else this.#addReading(reading, { place, word, tokens });
    }
    this.#finishWord(word, tokens);
    return tokens;
  }

  #read(character: string): Reading {
    const known = this.#readings.get(character);
    if (known !== undefined) return known;
    const reading = this.#classify(character);
    if (this.#readings.size < MOST_CACHED_READINGS) this.#readings.set(character, reading);
    return reading;
  }

  #classify(character: string): Reading {
    if (isSpace(character)) return "space";
    if (isUnreadable(character)) return [];
    return Array.from(normalize(character), (letter) => ({
      letter,
      isWord: standsAlone(letter) || !this.#isKnown(letter),
    }));
  }

  #addReading(
    letters: readonly Letter[],
    { place, word, tokens }: { place: Place; word: Word; tokens: TokenList },
  ): void {
    for (const { letter, isWord } of letters) {
      if (isWord || word.length >= LONGEST_WORD) this.#finishWord(word, tokens);
      word.push(letter, place);
      if (isWord) this.#finishWord(word, tokens);
    }
  }

  #isKnown(letter: string): boolean {
    return this.#firstPieces.has(letter) || this.#laterPieces.has(letter);
  }

  #finishWord(word: Word, tokens: TokenList): void {
    if (word.length > 0) this.#addWord(word, tokens);
    word.clear();
  }

  #addWord(word: Word, tokens: TokenList): void {
    const firstToken = tokens.ids.length;
    let position = 0;
    while (position < word.length) {
      const match = this.#longestMatch(word, position);
      if (match === undefined) {
        truncate(tokens, firstToken);
        addToken(tokens, {
          id: this.#unknown,
          place: word.span(0, word.length),
          isWordStart: true,
        });
        return;
      }
      const place = word.span(position, match.end);
      addToken(tokens, { id: match.id, place, isWordStart: position === 0 });
      position = match.end;
    }
  }

  #longestMatch(word: Word, start: number): { id: number; end: number } | undefined {
    const pieces = start === 0 ? this.#firstPieces : this.#laterPieces;
    for (let end = Math.min(word.length, start + this.#longestPiece); end > start; end -= 1) {
      const id = pieces.get(word.slice(start, end));
      if (id !== undefined) return { id, end };
    }
    return undefined;
  }
}

/** Parallel arrays: one entry per token. Offsets are UTF-16 units and never split a character. */
export interface TokenList {
  ids: number[];
  starts: number[];
  ends: number[];
  wordStarts: boolean[];
}

interface Place {
  start: number;
  end: number;
}

/** What a character of the text means to the model; nothing is an empty list. */
type Reading = "space" | readonly Letter[];

interface Letter {
  letter: string;
  isWord: boolean;
}

const CONTINUATION = "##";
const LONGEST_WORD = 100;
/** More characters than any text but a hostile one has; bounds the memory. */
const MOST_CACHED_READINGS = 65_536;

/** A word being read: its letters and where each came from. */
class Word {
  #text = "";
  /** Where in `#text` each letter starts, and where the last one ends. */
  readonly #bounds: number[] = [0];
  readonly #places: Place[] = [];

  get length(): number {
    return this.#places.length;
  }

  push(letter: string, place: Place): void {
    this.#text += letter;
    this.#bounds.push(this.#text.length);
    this.#places.push(place);
  }

  clear(): void {
    this.#text = "";
    this.#bounds.length = 1;
    this.#places.length = 0;
  }

  slice(start: number, end: number): string {
    return this.#text.slice(this.#bounds[start], this.#bounds[end]);
  }

  span(start: number, end: number): Place {
    return { start: this.#places[start]?.start ?? 0, end: this.#places[end - 1]?.end ?? 0 };
  }
}

function addToken(
  tokens: TokenList,
  { id, place, isWordStart }: { id: number; place: Place; isWordStart: boolean },
): void {
  tokens.ids.push(id);
  tokens.starts.push(place.start);
  tokens.ends.push(place.end);
  tokens.wordStarts.push(isWordStart);
}

function truncate(tokens: TokenList, length: number): void {
  tokens.ids.length = length;
  tokens.starts.length = length;
  tokens.ends.length = length;
  tokens.wordStarts.length = length;
}

function isSpace(character: string): boolean {
  return character !== "\u{feff}" && /^\s$/u.test(character);
}

function isUnreadable(character: string): boolean {
  if (character >= " " && character <= "~") return false;
  return character === "\u{fffd}" || /^[\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u.test(character);
}

/** Lower case without accents; may be empty, may be several characters. */
function normalize(character: string): string {
  return character
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "");
}

/** Punctuation, ASCII symbols and Chinese characters are words of one character. */
function standsAlone(character: string): boolean {
  if (character <= "\u{7f}") return /^[!-/:-@[-`{-~]$/u.test(character);
  return /^\p{P}$/u.test(character) || isChinese(character.codePointAt(0) ?? 0);
}

/** The CJK blocks that BERT names; kana and hangul are not among them. */
const CHINESE_BLOCKS: readonly (readonly [first: number, last: number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b820, 0x2ceaf],
  [0x2f800, 0x2fa1f],
];

function isChinese(codePoint: number): boolean {
  return CHINESE_BLOCKS.some(([first, last]) => codePoint >= first && codePoint <= last);
}

function idOf(vocabulary: ReadonlyMap<string, number>, token: string): number {
  const id = vocabulary.get(token);
  if (id === undefined) throw new Error(`The tokenizer's vocabulary has no ${token}`);
  return id;
}

function longestEntry(vocabulary: ReadonlyMap<string, number>): number {
  let longest = 0;
  for (const entry of vocabulary.keys()) longest = Math.max(longest, [...entry].length);
  return longest;
}
