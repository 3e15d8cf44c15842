import { GIVEN_NAMES, ORGANIZATIONS, TECHNOLOGIES } from "./entity-vocabulary.ts";

export type EntityType =
  | "person"
  | "organization"
  | "technical_term"
  | "concept"
  | "date"
  | "email"
  | "url";

export interface Mention {
  text: string;
  type: EntityType;
  confidence: number;
}

interface PatternRule {
  type: EntityType;
  confidence: number;
  /** Its first group, where it has one, is the mention. Quantifiers are bounded: texts may be hostile. */
  pattern: RegExp;
}

const NAME_WORD = "\\p{Lu}[\\p{Ll}\\p{M}]{1,30}(?:['’-]\\p{Lu}?[\\p{Ll}\\p{M}]{1,30}){0,2}";
const PARTICLE = "van|von|de|der|den|del|della|di|da|dos|la|le|al|el|bin|ten|zu";
const FULL_NAME = `${NAME_WORD}(?: (?:(?:${PARTICLE}) ){0,2}(?:\\p{Lu}\\. )?${NAME_WORD}){0,2}`;
/** A dot only inside: one at the end ends a sentence. */
const CAPITALIZED = "[\\p{Lu}\\p{N}](?:[\\p{L}\\p{M}\\p{N}&'’-]|\\.(?=[\\p{L}\\p{N}])){0,39}";
const LEGAL_FORM =
  "Inc|LLC|Ltd|Limited|Corp|Corporation|GmbH|AG|SE|KG|S\\.A\\.|SA|SAS|BV|NV|Oy|AB|PLC|Pty|Co|Company|Group|Holdings|Labs|Technologies|Systems|Solutions|Consulting|Partners|Ventures|Capital|Bank|University|Universität|College|Institute|Institut|Foundation|Stiftung|Hospital|Clinic|Ministry|Agency|Association|Verein|Airlines|Motors|Pharma";
const MONTH =
  "(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember)";
const START = "(?<![\\p{L}\\p{N}_])";
const END = "(?![\\p{L}\\p{N}_])";

function rule(type: EntityType, confidence: number, pattern: string): PatternRule {
  return { type, confidence, pattern: new RegExp(`${START}(?:${pattern})${END}`, "gu") };
}

const ISO_DATE = "\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2})?Z?)?";

/** Taken out of the text before anything else looks at it. */
export const EXCLUSIVE_RULES: readonly PatternRule[] = [
  { type: "url", confidence: 0.99, pattern: /https?:\/\/[^\s<>"'`)\]}]{3,500}(?<![.,;:!?])/gu },
  rule(
    "email",
    0.99,
    "[\\p{L}\\p{N}._%+-]{1,64}@[\\p{L}\\p{N}-]{1,63}(?:\\.[\\p{L}\\p{N}-]{2,63}){1,4}",
  ),
  rule("date", 0.97, ISO_DATE),
  rule("date", 0.95, `\\d{1,2}(?:st|nd|rd|th|\\.)?(?: of)? ${MONTH}\\.?(?:,? (?:19|20)\\d{2})?`),
  rule("date", 0.95, `${MONTH}\\.? \\d{1,2}(?:st|nd|rd|th)?(?:,? (?:19|20)\\d{2})?`),
  rule("date", 0.9, `${MONTH} (?:19|20)\\d{2}`),
  rule("date", 0.85, "\\d{1,2}[./]\\d{1,2}[./](?:19|20)\\d{2}"),
];

export const PATTERN_RULES: readonly PatternRule[] = [
  rule("organization", 0.9, `((?:${CAPITALIZED} ){1,4}(?:${LEGAL_FORM}))`),
  rule(
    "organization",
    0.9,
    `((?:University|Bank|Ministry|Institute|Department|Universität) (?:of|für|de) (?:the )?${CAPITALIZED}(?: ${CAPITALIZED}){0,2})`,
  ),
  rule(
    "organization",
    0.7,
    `(?:work(?:s|ed|ing)?|job|intern(?:ed|ship)?|employed|position|offer) (?:at|for|with|by|from) (${CAPITALIZED}(?: ${CAPITALIZED}){0,2})`,
  ),
  rule("person", 0.92, `(?:Mr|Mrs|Ms|Dr|Prof|Professor|Herr|Frau|Mme|Señora?)\\.? (${FULL_NAME})`),
  rule(
    "person",
    0.9,
    `(?:[Mm]y name is|[Ii]['’]m called|[Cc]all me|[Ii]ch heiße|[Jj]e m['’]appelle|[Mm]e llamo) (${FULL_NAME})`,
  ),
  rule(
    "person",
    0.85,
    `(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir) (?:\\p{Ll}{2,15} )?(?:wife|husband|partner|girlfriend|boyfriend|son|daughter|mother|father|mom|dad|sister|brother|cousin|aunt|uncle|friend|boss|manager|colleague|coworker|teammate|doctor|therapist|teacher|professor|neighbou?r|roommate|mentor|client|lawyer|accountant),? (?:is |named |called )?(${FULL_NAME})`,
  ),
  rule(
    "person",
    0.6,
    `(${NAME_WORD}(?: ${NAME_WORD})?),? (?:said|says|asked|asks|told|tells|wrote|writes|replied|suggested|suggests|thinks|thought|mentioned|promised|agreed|wants|lives|moved|married)`,
  ),
  rule("technical_term", 0.9, "\\p{L}[\\p{L}\\p{N}_]{0,40}\\(\\)"),
  rule(
    "technical_term",
    0.85,
    "\\p{Ll}[\\p{L}\\p{N}]{0,40}_[\\p{L}\\p{N}_]{1,60}|\\p{Lu}[\\p{Lu}\\p{N}]{0,40}_[\\p{Lu}\\p{N}_]{1,60}",
  ),
  rule("technical_term", 0.8, "\\p{Lu}?\\p{Ll}{1,30}\\p{Lu}[\\p{L}\\p{N}]{1,40}(?!\\(\\))"),
  rule(
    "technical_term",
    0.8,
    "[\\p{L}\\p{N}_-]{1,60}\\.(?:ts|tsx|js|mjs|json|py|rs|go|java|kt|rb|php|cs|cpp|sql|sh|ya?ml|toml|md|html|css|db|env|log|csv|xml|docx?|xlsx?|pdf|net|io)",
  ),
  rule(
    "technical_term",
    0.75,
    "\\p{L}{1,20}-\\d{1,4}(?:\\.\\d{1,3})?[a-z]{0,3}(?:-[\\p{L}\\p{N}.]{1,20}){0,3}",
  ),
  rule("technical_term", 0.7, "v\\d{1,4}(?:\\.\\d{1,5}){1,3}"),
  rule("technical_term", 0.6, "\\p{Lu}{2,6}\\d{0,3}(?!-\\d)"),
];

/** What is all capitals without being a term. */
const SHOUTED = new Set(
  "OK YES NO NOT AND OR BUT THE YOU ALL ANY NEW NOW WHY HOW WHAT THIS THAT ASAP FYI BTW LOL OMG PS AM PM USD EUR GBP TODO NOTE".split(
    " ",
  ),
);
/** Capitals that open sentences, and calendar words. */
const NO_NAMES = new Set(
  `a an and as at but by for from he her here his how i if in is it its my no not of on one or our she so that the their then
  there these they this those to we what when where which who why will with yes you your also after before because can could
  did do does every first great hello hi maybe next now ok okay once only please should since some still sure thanks thank
  today tomorrow tonight yesterday until user assistant system human monday tuesday wednesday thursday friday saturday sunday
  january february march april may june july august september october november december dear let lets god christmas easter
  der die das den dem und ein eine einen im am ich wir sie es
  english german french spanish italian chinese japanese russian american british european everyone everybody someone
  somebody nobody anyone dr mr mrs ms prof professor herr frau mme señor señora`.split(/\s+/),
);

const CAPITALIZED_RUN = new RegExp(
  `${START}${CAPITALIZED}(?:[ -](?:(?:${PARTICLE}) )?${CAPITALIZED}){0,3}`,
  "gu",
);
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}+#.-]{0,39}/gu;

/** What one rule finds that is not plainly something else. */
export function mentionsOf({ type, confidence, pattern }: PatternRule, text: string): Mention[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const found = (match[1] ?? match[0]).replace(/[.,'’-]+$/u, "").trim();
    if (type === "person" && !couldBeName(found)) return [];
    if (type === "organization" && NO_NAMES.has(found.toLowerCase())) return [];
    if (type === "technical_term" && SHOUTED.has(found)) return [];
    return [{ text: withoutArticle(found), type, confidence }];
  });
}

/** Names and firms by vocabulary; other runs of capitalized words inside a sentence are concepts. */
export function capitalizedMentions(sentence: string): Mention[] {
  return [...sentence.matchAll(CAPITALIZED_RUN)].flatMap((match) => {
    const opens = match.index === 0;
    const words = match[0]
      .replace(/['’]s\b.*$/u, "")
      .replace(/[.'’-]+$/u, "")
      .split(" ");
    while (NO_NAMES.has((words[0] ?? "").replace(".", "").toLowerCase())) words.shift();
    const run = words.join(" ");
    const kind = kindOfRun(run, words);
    if (kind !== undefined) return [{ text: run, ...kind }];
    const named = words.length > 1 && !/\p{N}/u.test(run) && words.every((word) => word.length > 1);
    const confidence = opens && words.length === match[0].split(" ").length ? 0.4 : 0.5;
    return named ? [{ text: run, type: "concept" as const, confidence }] : [];
  });
}

/** Terms of the shipped vocabulary, in whatever case they are written. */
export function vocabularyMentions(sentence: string): Mention[] {
  const found = (sentence.match(WORD) ?? []).map((word) => word.replace(/[.-]+$/, ""));
  return found.flatMap((word, index) => {
    const pair = `${word} ${found[index + 1] ?? ""}`;
    const term = [pair, word].find((candidate) => TECHNOLOGIES.has(candidate.toLowerCase()));
    if (term === undefined || !isWrittenAsTerm(term)) return [];
    return [{ text: term, type: "technical_term" as const, confidence: 0.9 }];
  });
}

/** "rest", "rag" and "react" are words as well: small ones count only where nothing else is meant. */
function isWrittenAsTerm(term: string): boolean {
  return !/^(?:rest|rag|react|rust|helm|vite|jest|spark|apache|java)$/.test(term);
}

function kindOfRun(run: string, words: readonly string[]): Omit<Mention, "text"> | undefined {
  const lower = run.toLowerCase();
  if (TECHNOLOGIES.has(lower)) return { type: "technical_term", confidence: 0.9 };
  if (ORGANIZATIONS.has(lower) && run !== "Visa") return { type: "organization", confidence: 0.9 };
  const [first = ""] = words;
  const isName = GIVEN_NAMES.has(first.toLowerCase()) && /^\p{Lu}\p{Ll}/u.test(first);
  if (!isName || words.length > 4) return undefined;
  return { type: "person", confidence: words.length > 1 ? 0.85 : 0.7 };
}

function couldBeName(text: string): boolean {
  const words = text.toLowerCase().split(" ");
  return !(
    words.some((word) => NO_NAMES.has(word)) ||
    TECHNOLOGIES.has(text.toLowerCase()) ||
    ORGANIZATIONS.has(text.toLowerCase())
  );
}

function withoutArticle(text: string): string {
  return text.replace(/^(?:The|At|In|From|For|And|Our|My) (?=\p{Lu})/u, "");
}
