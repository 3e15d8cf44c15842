import { splitTerms, splitWords } from "../search/query-terms.ts";

/** Words of a piece. */
const SHINGLE = 3;
/** A table half empty finds a place at once. */
const ROOM = 2;
const EMPTY = 0;
const BASIS = 0x811c9dc5;
const DIGIT = /\d/;

/**
 * A text for comparing, by its words as `splitTerms` has them: their number, those with a digit, and its three-word
 * pieces (shingles; Broder 1997, "On the resemblance and containment of documents") as hashes of 32 bits in an open
 * table. Words and pieces as strings took 5 ms for the 150 candidates of a context.
 */
export class TextPrint {
  readonly words: number;
  /** Of the words that hold a digit, in their order. */
  readonly numbers: number;
  readonly #text: string;
  /** Of all words in their order. */
  readonly #hash: number;
  readonly #table: Uint32Array;
  readonly #size: number;

  constructor(text: string) {
    const { count, numbers } = readPlain(text) ?? readWords(splitTerms(text));
    const pieces = Math.max(0, count - SHINGLE + 1);
    const table = new Uint32Array(2 ** Math.ceil(Math.log2(ROOM * pieces + 1)));
    let size = 0;
    let hash = 0;
    for (let at = 0; at < count; at += 1) {
      const third = hashes[at] ?? 0;
      hash = mixed(hash, third);
      if (at < SHINGLE - 1) continue;
      const piece = mixed(mixed(hashes[at - 2] ?? 0, hashes[at - 1] ?? 0), third) >>> 0 || 1;
      const place = placeOf(table, piece);
      size += table[place] === EMPTY ? 1 : 0;
      table[place] = piece;
    }
    this.words = count;
    this.numbers = numbers;
    this.#text = text;
    this.#hash = hash;
    this.#table = table;
    this.#size = size;
  }

  /** Whether the two have the same words in the same order; without words: the same characters. */
  hasWordsOf(other: TextPrint): boolean {
    if (this.words !== other.words || this.#hash !== other.#hash) return false;
    if (this.words === 0) return this.#text === other.#text;
    return splitWords(this.#text).join(" ") === splitWords(other.#text).join(" ");
  }

  /** Whether the two have at least this share of all their pieces in common (Jaccard). */
  isLike(other: TextPrint, share: number): boolean {
    const [few, many] = this.#size < other.#size ? [this, other] : [other, this];
    const all = few.#size + many.#size;
    // With s of a and b in common the share is s / (a + b - s).
    const most = Math.ceil(few.#size - (share * all) / (1 + share));
    let missing = 0;
    for (let at = 0; at < few.#table.length && missing <= most; at += 1) {
      const piece = few.#table[at] ?? EMPTY;
      if (piece !== EMPTY && many.#table[placeOf(many.#table, piece)] === EMPTY) missing += 1;
    }
    const shared = few.#size - missing;
    return shared / (all - shared) >= share;
  }
}

interface ReadWords {
  count: number;
  numbers: number;
}

/** FNV-1a of each word of the text read last. */
let hashes = new Uint32Array(1024);

function makeRoom(words: number): void {
  if (words > hashes.length) hashes = new Uint32Array(words * 2);
}

function readWords(words: readonly string[]): ReadWords {
  makeRoom(words.length);
  let numbers = 0;
  for (const [place, word] of words.entries()) {
    let hash = BASIS;
    for (let at = 0; at < word.length; at += 1) hash = added(hash, word.charCodeAt(at));
    hashes[place] = hash;
    if (DIGIT.test(word)) numbers = mixed(numbers, hash);
  }
  return { count: words.length, numbers };
}

/** The same without cutting the text, for ASCII and typographic marks; null where it holds other characters. */
function readPlain(text: string): ReadWords | null {
  makeRoom((text.length + 1) >> 1);
  let [count, numbers, hash] = [0, 0, BASIS];
  let [isInside, hasDigit] = [false, false];
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? wordCode(text.charCodeAt(at)) : 0;
    if (code < 0) return null;
    if (code > 0) {
      hash = added(hash, code);
      isInside = true;
      hasDigit ||= code <= NINE;
    } else if (isInside) {
      hashes[count] = hash;
      count += 1;
      if (hasDigit) numbers = mixed(numbers, hash);
      hash = BASIS;
      isInside = false;
      hasDigit = false;
    }
  }
  return { count, numbers };
}

const NINE = 57;

/** A letter in lower case or a digit; 0 between words; -1 where more than ASCII and typographic marks is to be known. */
function wordCode(code: number): number {
  if (code >= 97 && code <= 122) return code;
  if (code >= 65 && code <= 90) return code + 32;
  if (code >= 48 && code <= NINE) return code;
  // General Punctuation: dashes, quotes, dots, spaces.
  return code < 128 || (code >= 0x2000 && code <= 0x206f) ? 0 : -1;
}

function added(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** In an order: (a, b) is not (b, a). */
function mixed(one: number, other: number): number {
  let hash = Math.imul(one ^ (one >>> 15), 0x2c1b3c6d) ^ other;
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  return hash ^ (hash >>> 16);
}

/** Where the piece stands or would stand. */
function placeOf(table: Uint32Array, piece: number): number {
  const mask = table.length - 1;
  let place = piece & mask;
  while (table[place] !== EMPTY && table[place] !== piece) place = (place + 1) & mask;
  return place;
}
