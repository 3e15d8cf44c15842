import { stem } from "../search/porter-stemmer.ts";
import { splitTerms, splitWords } from "../search/query-terms.ts";

/** A value that a text states, with what is said around it. */
export interface StatedValue {
  /** What of: money, a share, a time, a date, or the stem of what is counted. */
  kind: string;
  value: string;
  /** Stems of the words around it in its sentence. */
  around: ReadonlySet<string>;
  /** Whether what stands before it says that something changed. */
  hasCue: boolean;
}

/** Of a longer text only the beginning is read. */
const LONGEST_TEXT = 4000;
const MOST_VALUES = 24;
/** Characters before and after a value, within its sentence, that say what it is of. */
const REACH = 80;

/** Words that say that something is no longer as it was. */
const CHANGE =
  /\b(?:no longer|actually|instead|changed?|moved?|switched|replaced|renamed|reschedul\w+|adjusted|postponed|extended|increas\w+|decreas\w+|raised|lowered|reduced|improved|reached|grown|became|correction|up from|down from|nicht mehr|inzwischen|stattdessen|geändert|verschoben|erhöht|gestiegen|gesenkt|gesunken|umgezogen|désormais|ne plus|changé|augmenté|baissé|reporté|ya no|cambi(?:ado|ó)|subi(?:do|ó)|bajado|aplazad[oa])\b/i;
/** Words that say so only of what follows them at once. */
const NOW =
  /\b(?:now|new|recently|updated|jetzt|nun|neue[rnms]?|maintenant|nouveau|nouvelle|ahora|nuev[oa])\b/i;
const AT_ONCE = 30;
/** Units that a query seldom names; other numbers have to be of something that it does. */
const UNITS = new Set(
  `ms sec second minute hour day week month year km m mi mile kg g lb gb mb tb euro degre time`.split(
    " ",
  ),
);
const MONTH =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day";
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
  { kind: null, form: /\b(\d[\d,.]*)[ -]?(\p{L}{2,})/giu },
];

/** The values of a text, each place of it read once. Pure; English first, money and cues of change in a few languages more. */
export function statedValues(text: string): StatedValue[] {
  const read = text.slice(0, LONGEST_TEXT);
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
      const { before, after } = sentenceAround(read, start, end);
      values.push({
        kind: kind ?? stem((match[2] ?? "").toLowerCase()),
        value: splitWords(match[1] ?? match[0]).join(" "),
        around: stemsOf(`${before} ${match[0]} ${after}`),
        hasCue: CHANGE.test(before) || NOW.test(before.slice(-AT_ONCE)),
      });
    }
  }
  return values;
}

/** Whether a sentence says that something changed, whatever it changed to. */
export function saysChange(sentence: string): boolean {
  return CHANGE.test(sentence) || NOW.test(sentence);
}

/** Whether a value of this kind may answer a question of these words: a number does if it counts what they name. */
export function isOfQuery(kind: string, asked: ReadonlySet<string>): boolean {
  return FORMS.some((form) => form.kind === kind) || UNITS.has(kind) || asked.has(kind);
}

export function stemsOf(text: string): Set<string> {
  return new Set(splitTerms(text).map(stem));
}

function sentenceAround(text: string, start: number, end: number) {
  const before = text.slice(Math.max(0, start - REACH), start);
  const after = text.slice(end, end + REACH);
  return {
    before: before.split(/[.!?](?=\s)|\n/).at(-1) ?? "",
    after: after.split(/[.!?](?=\s|$)|\n/)[0] ?? "",
  };
}
