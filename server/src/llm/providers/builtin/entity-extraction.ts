import { splitSentences } from "../../../core/text/sentences.ts";
import { fencedLines } from "../../../core/transfer/code-fence.ts";
import {
  capitalizedMentions,
  type EntityType,
  EXCLUSIVE_RULES,
  type Mention,
  mentionsOf,
  PATTERN_RULES,
  vocabularyMentions,
} from "./entity-rules.ts";
import { findKeywords } from "./keyword-labels.ts";

export interface Entity {
  text: string;
  type: EntityType;
  /** 0 to 1: how sure the rule is that found it. */
  confidence: number;
}

const MAXIMUM_ENTITIES = 200;
const MAXIMUM_KEYWORDS = 12;
/** Weaker keywords are chance; single words more often. */
const PHRASE_SHARE = 0.35;
const WORD_SHARE = 0.6;
/** In the place of what was found: neither a word nor the end of a sentence. */
const MASK = " , ";
const INLINE_CODE = /`([^`\n]{1,60})`/g;
const LANGUAGE = /^ {0,3}(?:`{3,}|~{3,})[ \t]*([\w+#.-]{1,20})/gm;

/**
 * People, organizations, technical terms, concepts, dates and addresses by rules: cue phrases, capitals, spelling of
 * identifiers, a shipped vocabulary, and keywords as concepts. No model; knows English cues best. The surest and then the
 * most frequent come first, 200 at most. Time grows with the text's length.
 */
export function extractEntities(text: string): Entity[] {
  const tally = new Tally();
  tally.addAll(codeMentions(text));
  const prose = withoutCode(text);
  tally.addAll(inlineCodeMentions(prose));
  let rest = prose.replace(INLINE_CODE, MASK);
  for (const rule of EXCLUSIVE_RULES) {
    tally.addAll(mentionsOf(rule, rest));
    rest = rest.replace(rule.pattern, MASK);
  }
  for (const rule of PATTERN_RULES) tally.addAll(mentionsOf(rule, rest));
  for (const sentence of splitSentences(rest)) {
    tally.addAll(capitalizedMentions(sentence));
    tally.addAll(vocabularyMentions(sentence));
  }
  for (const { text: keyword, confidence } of findKeywords(rest, MAXIMUM_KEYWORDS)) {
    const enough = keyword.includes(" ") ? PHRASE_SHARE : WORD_SHARE;
    if (confidence >= enough) tally.addConcept(keyword, 0.3 + 0.3 * confidence);
  }
  return tally.entities();
}

function codeMentions(text: string): Mention[] {
  return [...text.matchAll(LANGUAGE)].map(([, language = ""]) => ({
    text: language,
    type: "technical_term",
    confidence: 0.8,
  }));
}

function inlineCodeMentions(prose: string): Mention[] {
  return [...prose.matchAll(INLINE_CODE)].map(([, code = ""]) => ({
    text: code.trim(),
    type: "technical_term",
    confidence: 0.85,
  }));
}

/** One entry for each name, whatever its case, with the surest type. */
class Tally {
  readonly #entries = new Map<string, Mention & { count: number }>();

  addAll(mentions: readonly Mention[]): void {
    for (const mention of mentions) this.add(mention);
  }

  add(mention: Mention): void {
    if (mention.text.length < 2) return;
    const key = mention.text.toLowerCase();
    const known = this.#entries.get(key);
    const surer = known === undefined || mention.confidence > known.confidence ? mention : known;
    const count = (known?.count ?? 0) + 1;
    this.#entries.set(key, { ...surer, count });
  }

  /** Unless it is, or is a word of, something known better. */
  addConcept(text: string, confidence: number): void {
    const lower = text.toLowerCase();
    for (const key of this.#entries.keys()) {
      if (key === lower || key.split(" ").includes(lower)) return;
    }
    this.add({ text, type: "concept", confidence });
  }

  entities(): Entity[] {
    const entries = [...this.#entries.values()];
    const fullNames = new Set(
      entries.flatMap(({ type, text }) =>
        type === "person" ? text.toLowerCase().split(" ").slice(0, -1) : [],
      ),
    );
    return entries
      .filter(({ type, text }) => type !== "person" || !isShortForm(text, fullNames))
      .map((entry) => ({ ...entry, confidence: withFrequency(entry) }))
      .sort((a, b) => b.confidence - a.confidence || b.count - a.count)
      .slice(0, MAXIMUM_ENTITIES)
      .map(({ text, type, confidence }) => ({ text, type, confidence }));
  }
}

/** "Sarah" beside "Sarah Miller". */
function isShortForm(name: string, firstNames: ReadonlySet<string>): boolean {
  return !name.includes(" ") && firstNames.has(name.toLowerCase());
}

/** What is named again is surer, within limits. */
function withFrequency({ confidence, count }: Mention & { count: number }): number {
  const raised = confidence + Math.min(0.08, 0.02 * (count - 1));
  return Math.round(Math.min(0.99, raised) * 100) / 100;
}

function withoutCode(text: string): string {
  const lines = text.split(/\r?\n/);
  const fenced = fencedLines(lines);
  return lines.filter((_line, index) => fenced[index] !== true).join("\n");
}
