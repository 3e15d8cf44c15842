import { stem } from "../search/porter-stemmer.ts";
import { splitTerms, splitWords } from "../search/query-terms.ts";
import { STOP_WORDS } from "../search/stop-words.ts";
import { firstPhrase, lastPhrase, qualifiersOf } from "./value-phrases.ts";

/** A value that a text states, with what is said around it. */
export interface StatedValue {
  /** What of: money, a share, a time, a date, the stem of what is counted (`page`, `page/week`), or `number`. */
  kind: string;
  value: string;
  /** Stems of the phrase that names what the value is of. */
  head: ReadonlySet<string>;
  /** Stems of the words around it in its sentence. */
  around: ReadonlySet<string>;
  /** For a stem around it those that say which one: emergency → fund. */
  qualifiers: ReadonlyMap<string, ReadonlySet<string>>;
  /** Months that it is said to be for. */
  periods: ReadonlySet<string>;
  /** Whether what stands before it says that something changed. */
  hasCue: boolean;
}

/** The kind of a number that counts nothing by name: "commits have reached 165". */
export const BARE = "number";
/** Of a longer text only the beginning is read. */
const LONGEST_TEXT = 4000;
const MOST_VALUES = 24;
/** Characters before and after a value, within its sentence, that say what it is of. */
const REACH = 80;

/** Words that say that something is no longer as it was. */
const CHANGE =
  /\b(?:no longer|actually|instead|changed?|moved?|switched|replaced|renamed|reschedul\w+|adjusted|postponed|extended|increas\w+|decreas\w+|raised|lowered|reduc\w+|improved|reached|grown|became|correction|up from|down from|nicht mehr|inzwischen|stattdessen|geändert|verschoben|erhöht|gestiegen|gesenkt|gesunken|umgezogen|désormais|ne plus|changé|augmenté|baissé|reporté|ya no|cambi(?:ado|ó)|subi(?:do|ó)|bajado|aplazad[oa])\b/i;
/** Words that say so only of what follows them at once. */
const NOW =
  /\b(?:now|new|recently|updated|jetzt|nun|neue[rnms]?|maintenant|nouveau|nouvelle|ahora|nuev[oa])\b/i;
const AT_ONCE = 30;
/** Of a whole sentence: that it tells how things are now, and not what happened just now. */
const IS_NOW = /\b(?:is|are|am|'s|'re|'m) now\b/i;
/** "From 1,200 to" 1,500: one change, not two. */
const FROM = /\bfrom [$€£]?\d[\d.,]*%?(?: \p{L}+)? to\s*$/iu;
/** Units that a query seldom names; other numbers have to be of something that it does. */
export const UNITS: ReadonlySet<string> = new Set(
  `ms sec second minute hour day week month year km m mi mile kg g lb gb mb tb euro degre time`.split(
    " ",
  ),
);
const MONTH =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day";
/** "In January", "my January budget": what a value is for. Not "by March 1", which is when. */
const PERIOD = new RegExp(`(?<!\\b(?:by|on|until|since|before) )\\b${MONTH}\\b(?! \\d)`, "gi");
/** A number and what it counts. Not a part of a version, and not "30-day", which says what sort of thing something is. */
const COUNT = new RegExp(
  `(?<![\\w.])(\\d(?:[\\d,.]*\\d)?) ?(?!(?:${[...STOP_WORDS].join("|")})\\b)(\\p{L}{2,})`,
  "giu",
);
/** The most telling first; each form's value is all that it matches but the counted noun. */
const FORMS: readonly { kind: string | null; form: RegExp }[] = [
  {
    kind: "money",
    form: /[$€£]\s?\d[\d,.]*\d?k?\b|\b\d[\d,.]*\s?(?:(?:dollars?|euros?|eur|usd|pounds?)\b|[$€£元円원])/gi,
  },
  { kind: "share", form: /\b\d[\d.]*\s?(?:%|percent\b)/gi },
  { kind: "time", form: /\b\d{1,2}(?::\d\d)?\s?[ap]\.?m\b/gi },
  {
    kind: "date",
    form: new RegExp(
      `\\b${MONTH}\\.? \\d{1,2}\\b|\\b\\d{1,2}(?:st|nd|rd|th)?(?: of)? ${MONTH}\\b|\\b${WEEKDAY}\\b`,
      "gi",
    ),
  },
  { kind: null, form: COUNT },
  {
    kind: BARE,
    form: /(?<=\b(?:to|reached|is|now|at) )\d[\d,]*(?=\s*(?:[,;:!?)]|\.(?!\d)|$))/gi,
  },
];
/** What stands in code states nothing. */
const CODE = /```[\s\S]*?(?:```|$)/g;
/** "Reduced by 15 days", "$8 over": how far apart two values are, and neither of them. */
const DIFFERENCE_BEFORE = /\b(?:by|over|under|another|additional|extra)\s*$/i;
const DIFFERENCE_AFTER =
  /^\s*(?:more|less|fewer|over|under|above|below|off|extra|cheaper|left|(?:\w+ )?(?:reduction|increase|decrease|improvement|drop|rise|growth|discount))\b/i;
/** What was done stays done: the next one is another. */
const DONE =
  /\b(?:spent|paid|bought|logged|finished|finishing|completed|earned|sold|invested|donated|walked|ran|won|lost)\b[^,;]{0,12}$/i;
const RATE = /^\s*(?:(?:per|an?|each|every)\s+|\/\s?)(minute|hour|day|week|month|year)\b/i;
const RATE_WORD = /^\s*(hourly|daily|weekly|monthly|yearly)(?=\s*(?:[,.;!?]|$))/i;

interface Sides {
  before: string;
  after: string;
}

/** The values of a text, each place of it read once. Pure; English first, money and cues of change in a few languages more. */
export function statedValues(text: string): StatedValue[] {
  const read = text.slice(0, LONGEST_TEXT).replace(CODE, "\n");
  const taken: [start: number, end: number][] = [];
  const values: StatedValue[] = [];
  for (const { kind, form } of FORMS) {
    for (const match of read.matchAll(form)) {
      const start = match.index;
      const end = start + match[0].length;
      if (values.length === MOST_VALUES || taken.some(([from, to]) => start < to && end > from)) {
        continue;
      }
      taken.push([start, end]);
      const sides = sentenceAround(read, start, end);
      const of = kind ?? stem((match[2] ?? "").toLowerCase());
      if (isNoState(of, sides)) continue;
      const value = splitWords(match[1] ?? match[0]).join(" ");
      values.push({ ...placed(of, match[0], sides), value });
    }
  }
  return values;
}

/** Whether a sentence says that something is no longer as it was. */
export function saysChange(sentence: string): boolean {
  return CHANGE.test(sentence) || IS_NOW.test(sentence);
}

/** Whether a value of this kind may answer a question of these words: a number does if it counts what they name. */
export function isOfQuery(kind: string, asked: ReadonlySet<string>): boolean {
  const counted = kind.split("/")[0] ?? kind;
  return FORMS.some((form) => form.kind === counted) || UNITS.has(counted) || asked.has(counted);
}

export function stemsOf(text: string): Set<string> {
  return new Set(splitTerms(text).map(stem));
}

/** How far two values are apart, and what somebody did once, is no state that could change. */
function isNoState(kind: string, { before, after }: Sides): boolean {
  if (kind === "time" || kind === "date") return false;
  return DIFFERENCE_BEFORE.test(before) || DIFFERENCE_AFTER.test(after) || DONE.test(before);
}

function placed(kind: string, matched: string, sides: Sides): Omit<StatedValue, "value"> {
  const { before, after } = sides;
  const hasCue = isAfterCue(before);
  const rate = RATE.exec(after)?.[1] ?? RATE_WORD.exec(after)?.[1];
  return {
    kind: rate === undefined ? kind : `${kind}/${rate.toLowerCase()}`,
    // What changed may stand anywhere before the word that says so.
    head: stemsOf(`${hasCue ? before : lastPhrase(before)} ${kind} ${firstPhrase(after)}`),
    around: stemsOf(`${before} ${matched} ${after}`),
    qualifiers: qualifiersOf(`${before}, ${after}`),
    periods: new Set(`${before} ${after}`.toLowerCase().match(PERIOD) ?? []),
    hasCue,
  };
}

/** A word of change speaks of the first value after it. */
function isAfterCue(before: string): boolean {
  const since = /\D*$/.exec(before.replace(FROM, "to "))?.[0] ?? "";
  return CHANGE.test(since) || NOW.test(since.slice(-AT_ONCE));
}

function sentenceAround(text: string, start: number, end: number): Sides {
  const before = text.slice(Math.max(0, start - REACH), start);
  const after = text.slice(end, end + REACH);
  return {
    before: before.split(/[.!?](?=\s)|\n/).at(-1) ?? "",
    after: after.split(/[.!?](?=\s|$)|\n/)[0] ?? "",
  };
}
