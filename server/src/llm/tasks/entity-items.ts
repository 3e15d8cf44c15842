import { jsonAnswer } from "./json-answer.ts";

export interface EntityItem {
  text: string;
  /** person, organization, technical_term, concept, date, … */
  type: string;
  /** 0 to 1. */
  confidence: number;
}

/** v1's form of the answer. */
export interface EntityLists {
  people: string[];
  organizations: string[];
  technical_terms: string[];
  concepts: string[];
}

const UNSAID_CONFIDENCE = 0.5;
/** For what a model named although it does not stand in the text. */
const INVENTED_SHARE = 0.3;

const LIST_OF_TYPE: Readonly<Record<string, keyof EntityLists>> = {
  person: "people",
  organization: "organizations",
  technical_term: "technical_terms",
  concept: "concepts",
};

const TYPE_NAMES: Readonly<Record<string, string>> = {
  people: "person",
  persons: "person",
  name: "person",
  organizations: "organization",
  organisation: "organization",
  organisations: "organization",
  org: "organization",
  company: "organization",
  companies: "organization",
  institution: "organization",
  technical_terms: "technical_term",
  technical: "technical_term",
  technology: "technical_term",
  technologies: "technical_term",
  tool: "technical_term",
  software: "technical_term",
  concepts: "concept",
  topic: "concept",
  topics: "concept",
  place: "location",
  dates: "date",
};

/**
 * Items of a model's answer about `source`, in the prompt's form or in v1's object of lists; undefined when it is neither.
 * What is malformed is left out; what the source does not contain loses its confidence.
 */
export function readEntityItems(answer: string, source: string): EntityItem[] | undefined {
  const value = jsonAnswer(answer);
  const entries = entriesOf(value);
  if (entries === undefined) return undefined;
  const searched = normalized(source);
  return entries.flatMap((entry) => {
    const item = itemOf(entry);
    if (item === undefined) return [];
    const known = item.type === "concept" || searched.includes(normalized(item.text));
    return [known ? item : { ...item, confidence: round(item.confidence * INVENTED_SHARE) }];
  });
}

/** One entry for each name and type, the surest first. */
export function mergeItems(items: readonly EntityItem[]): EntityItem[] {
  const byName = new Map<string, EntityItem>();
  for (const item of items) {
    const key = `${item.type}\n${normalized(item.text)}`;
    const known = byName.get(key);
    if (known === undefined || item.confidence > known.confidence) byName.set(key, item);
  }
  return [...byName.values()].sort((a, b) => b.confidence - a.confidence);
}

/** The four kinds that v1's clients read; other kinds stand among the items only. */
export function entityLists(items: readonly EntityItem[]): EntityLists {
  const lists: EntityLists = { people: [], organizations: [], technical_terms: [], concepts: [] };
  for (const { type, text } of items) {
    const list = LIST_OF_TYPE[type];
    if (list !== undefined) lists[list].push(text);
  }
  return lists;
}

interface Entry {
  text?: unknown;
  type?: unknown;
  confidence?: unknown;
}

function entriesOf(value: unknown): Entry[] | undefined {
  if (Array.isArray(value)) return value.filter(isObject);
  if (!isObject(value)) return undefined;
  const { items, entities } = value;
  if (Array.isArray(items)) return items.filter(isObject);
  if (Array.isArray(entities)) return entities.filter(isObject);
  const lists = Object.entries(isObject(entities) ? entities : value).filter(isList);
  if (lists.length === 0) return undefined;
  return lists.flatMap(([type, list]) => list.map((text) => ({ text, type })));
}

function itemOf({ text, type, confidence }: Entry): EntityItem | undefined {
  if (typeof text !== "string" || text.trim() === "" || text.length > 200) return undefined;
  const named =
    typeof type === "string"
      ? type
          .toLowerCase()
          .trim()
          .replace(/[\s-]+/g, "_")
      : "";
  return {
    text: text.trim(),
    type: TYPE_NAMES[named] ?? (named === "" ? "concept" : named.slice(0, 40)),
    confidence: round(confidenceOf(confidence)),
  };
}

/** Some models write percent. */
function confidenceOf(written: unknown): number {
  const number = typeof written === "number" ? written : Number.parseFloat(String(written));
  if (!Number.isFinite(number)) return UNSAID_CONFIDENCE;
  return Math.min(1, Math.max(0, number > 1 ? number / 100 : number));
}

function round(confidence: number): number {
  return Math.round(confidence * 100) / 100;
}

function normalized(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(entry: [string, unknown]): entry is [string, unknown[]] {
  return Array.isArray(entry[1]);
}
