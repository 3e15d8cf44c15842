/**
 * The Porter stemmer (M. F. Porter, 1980), with the same rules and limits as SQLite's FTS5 `porter` tokenizer,
 * so that a word counted here is a word the index found (digits count as consonants). Words with other characters, or
 * shorter than 3 or longer than 64, are returned as they are.
 */
export function stem(word: string): string {
  if (!/^[a-z0-9]{3,64}$/.test(word)) return word;
  const known = stems.get(word);
  if (known !== undefined) return known;
  const result = stemAscii(word);
  if (stems.size >= STEM_CACHE_WORDS) stems.clear();
  stems.set(word, result);
  return result;
}

/** The longest beginning that every word with this stem shares: for finding candidates in a text before stemming. */
export function commonPrefix(stemmed: string): string {
  return stemmed.replace(/bl$/, "b").replace(/(?<=..)[eiy]$/, "");
}

const STEM_CACHE_WORDS = 50_000;
const stems = new Map<string, string>();

const CONSONANT = "[^aeiou]";
const VOWEL = "[aeiouy]";
const CONSONANTS = `${CONSONANT}[^aeiouy]*`;
const VOWELS = `${VOWEL}[aeiou]*`;
const MEASURE_ABOVE_0 = new RegExp(`^(${CONSONANTS})?${VOWELS}${CONSONANTS}`);
const MEASURE_IS_1 = new RegExp(`^(${CONSONANTS})?${VOWELS}${CONSONANTS}(${VOWELS})?$`);
const MEASURE_ABOVE_1 = new RegExp(`^(${CONSONANTS})?${VOWELS}${CONSONANTS}${VOWELS}${CONSONANTS}`);
const HAS_VOWEL = new RegExp(`^(${CONSONANTS})?${VOWEL}`);
const ENDS_CONSONANT_VOWEL_CONSONANT = new RegExp(`^${CONSONANTS}${VOWEL}[^aeiouwxy]$`);

const STEP_2: Readonly<Record<string, string>> = {
  ational: "ate",
  tional: "tion",
  enci: "ence",
  anci: "ance",
  izer: "ize",
  bli: "ble",
  alli: "al",
  entli: "ent",
  eli: "e",
  ousli: "ous",
  ization: "ize",
  ation: "ate",
  ator: "ate",
  alism: "al",
  iveness: "ive",
  fulness: "ful",
  ousness: "ous",
  aliti: "al",
  iviti: "ive",
  biliti: "ble",
  logi: "log",
};
const STEP_3: Readonly<Record<string, string>> = {
  icate: "ic",
  ative: "",
  alize: "al",
  iciti: "ic",
  ical: "ic",
  ful: "",
  ness: "",
};
const STEP_2_ENDING = endingOf(Object.keys(STEP_2));
const STEP_3_ENDING = endingOf(Object.keys(STEP_3));
const STEP_4_ENDING =
  /^(.+?)(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize|(?<=[st])ion)$/;

function endingOf(endings: readonly string[]): RegExp {
  return new RegExp(`^(.+?)(${endings.join("|")})$`);
}

function stemAscii(word: string): string {
  // A leading y is a consonant; upper case hides it from the vowel class.
  const start = word.startsWith("y") ? `Y${word.slice(1)}` : word;
  const withoutInflection = yToI(removePast(removePlural(start)));
  const step2 = replaceEnding(withoutInflection, STEP_2_ENDING, STEP_2);
  const step3 = replaceEnding(step2, STEP_3_ENDING, STEP_3);
  return tidy(removeSuffix(step3)).replace(/^Y/, "y");
}

function removePlural(word: string): string {
  if (/^(.+?)(ss|i)es$/.test(word)) return word.slice(0, -2);
  return /^(.+?)[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

function removePast(word: string): string {
  const agreed = /^(.+?)eed$/.exec(word);
  if (agreed) return MEASURE_ABOVE_0.test(agreed[1] ?? "") ? word.slice(0, -1) : word;
  const base = /^(.+?)(?:ed|ing)$/.exec(word)?.[1];
  if (base === undefined || !HAS_VOWEL.test(base)) return word;
  if (/(?:at|bl|iz)$/.test(base)) return `${base}e`;
  if (/([^aeiouylsz])\1$/.test(base)) return base.slice(0, -1);
  return ENDS_CONSONANT_VOWEL_CONSONANT.test(base) ? `${base}e` : base;
}

function yToI(word: string): string {
  const base = /^(.+?)y$/.exec(word)?.[1];
  return base !== undefined && HAS_VOWEL.test(base) ? `${base}i` : word;
}

function replaceEnding(
  word: string,
  ending: RegExp,
  replacements: Readonly<Record<string, string>>,
): string {
  const [, base, suffix] = ending.exec(word) ?? [];
  if (base === undefined || suffix === undefined || !MEASURE_ABOVE_0.test(base)) return word;
  return base + (replacements[suffix] ?? suffix);
}

function removeSuffix(word: string): string {
  const base = STEP_4_ENDING.exec(word)?.[1];
  return base !== undefined && MEASURE_ABOVE_1.test(base) ? base : word;
}

function tidy(word: string): string {
  const base = /^(.+?)e$/.exec(word)?.[1];
  const isDroppable =
    base !== undefined &&
    (MEASURE_ABOVE_1.test(base) ||
      (MEASURE_IS_1.test(base) && !ENDS_CONSONANT_VOWEL_CONSONANT.test(base)));
  const result = isDroppable ? base : word;
  return /ll$/.test(result) && MEASURE_ABOVE_1.test(result) ? result.slice(0, -1) : result;
}
