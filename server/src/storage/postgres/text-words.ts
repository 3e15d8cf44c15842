import { stem } from "../../core/search/porter-stemmer.ts";
import { hasUnspacedScript, WORD } from "../../core/search/unspaced-scripts.ts";

/** One row of the index of words. */
export interface IndexedPart {
  /** Words in it. */
  length: number;
  /** As PostgreSQL reads a tsvector. */
  words: string;
}

/** PostgreSQL counts places up to 16,383, and a tsvector holds a megabyte. */
const MOST_PLACES = 16_000;
const MOST_CHARACTERS = 150_000;
/** PostgreSQL keeps 256 places of one word; it takes 2,046 bytes of a word. */
const MOST_PLACES_OF_A_WORD = 255;
const LONGEST_WORD = 500;
/** So that no phrase begins in the speaker's name and goes on in the text. */
const GAP = 10;

/** A word of the index with its place, null for a piece of a script without spaces. */
interface Placed {
  word: string;
  place: number | null;
}

/**
 * The words of a message as stems without case and accents, as SQLite's index has them. Of a script that puts no
 * space between words every character and every pair of neighbours is one.
 */
export function indexedParts(name: string | null, content: string): IndexedPart[] {
  const builder = new PartBuilder();
  for (const token of name === null ? [] : tokensOf(name)) builder.add(token);
  builder.skip(GAP);
  for (const token of tokensOf(content)) builder.add(token);
  return builder.finish();
}

/** The stems of a text that has no script without spaces, in order. */
export function stemsOf(text: string): string[] {
  return [...tokensOf(text)].map(toIndexWord);
}

export function toIndexWord(token: string): string {
  return stem(token).slice(0, LONGEST_WORD).toWellFormed();
}

/** What the index has of such a run: its characters and its pairs of neighbours. */
export function piecesOf(run: string): string[] {
  const characters = [...fold(run)];
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`);
  return [...characters, ...pairs];
}

/** Lower case, without the marks that Latin, Greek and Cyrillic letters carry. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (!/[^\0-\x7F]/u.test(lower)) return lower;
  return lower
    .normalize("NFD")
    .replace(/[\u0300-\u036F]/gu, "")
    .normalize("NFC");
}

function* tokensOf(text: string): Generator<string> {
  for (const [token] of fold(text).matchAll(WORD)) yield token;
}

class PartBuilder {
  readonly #parts: IndexedPart[] = [];
  #places = new Map<string, number[]>();
  #place = 0;
  #length = 0;
  #characters = 0;

  add(token: string): void {
    if (this.#place >= MOST_PLACES) this.#endPart();
    this.#place += 1;
    this.#length += 1;
    if (hasUnspacedScript(token)) {
      for (const word of piecesOf(token)) this.#put({ word, place: null });
    } else this.#put({ word: toIndexWord(token), place: this.#place });
  }

  skip(places: number): void {
    this.#place += places;
  }

  finish(): IndexedPart[] {
    this.#endPart();
    return this.#parts;
  }

  #put({ word, place }: Placed): void {
    if (this.#characters > MOST_CHARACTERS) this.#endPart();
    const places = this.#places.get(word);
    if (places === undefined) {
      this.#places.set(word, place === null ? [] : [place]);
      this.#characters += word.length;
    } else if (place !== null && places.length < MOST_PLACES_OF_A_WORD) places.push(place);
  }

  #endPart(): void {
    if (this.#places.size > 0) {
      const words = [...this.#places].map(([word, places]) =>
        places.length === 0 ? `'${word}'` : `'${word}':${places.join(",")}`,
      );
      this.#parts.push({ length: this.#length, words: words.join(" ") });
    }
    this.#places = new Map();
    this.#place = 0;
    this.#length = 0;
    this.#characters = 0;
  }
}
