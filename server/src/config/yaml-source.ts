import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import type { ConfigProblem } from "./config-error.ts";
import { emptyMap, type MapNode, type Origin, type SourceNode } from "./source-node.ts";
import { yamlProblemText } from "./yaml-problem.ts";

/** Anchors may repeat parts of the file; beyond this many values it is an attack or a mistake. */
const maxNodes = 20_000;
const maxDepth = 50;
const maxCharacters = 1024 * 1024;

/** Checked here: the parser's own check compares every key with every other. */
const duplicateKey = "This key was already written in the same mapping.";

interface YamlSource {
  root: MapNode;
  problems: ConfigProblem[];
}

/** Reads the text of a configuration file into nodes that know their line and column. */
export function readYaml(text: string, file: string | undefined): YamlSource {
  const place: Origin = file === undefined ? {} : { file };
  if (text.length > maxCharacters) {
    return failed(place, "is larger than 1 MB: this is not a configuration file");
  }
  const lines = new LineCounter();
  try {
    const documents = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
    });
    return readDocuments([...documents], new YamlReader(lines, place));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return failed(place, "is nested too deeply to be read");
  }
}

function readDocuments(documents: Document[], reader: YamlReader): YamlSource {
  const [document] = documents;
  for (const error of documents.flatMap((each) => each.errors)) {
    reader.problem(error.pos[0], yamlProblemText(error));
  }
  const second = documents[1];
  if (second !== undefined) {
    reader.problem(second.range?.[0] ?? 0, "A second YAML document begins here; only one is read.");
  }
  if (reader.problems.length > 0 || document === undefined) return reader.result(undefined);
  return reader.result(document);
}

function failed(place: Origin, message: string): YamlSource {
  return {
    root: emptyMap(place),
    problems: [{ ...place, message: `The configuration ${message}.` }],
  };
}

/** Turns yaml's nodes into source nodes; aliases and merge keys are resolved on the way. */
class YamlReader {
  readonly problems: ConfigProblem[] = [];
  readonly #lines: LineCounter;
  readonly #place: Origin;
  readonly #anchors = new Map<string, unknown>();
  #count = 0;

  constructor(lines: LineCounter, place: Origin) {
    this.#lines = lines;
    this.#place = place;
  }

  result(document: Document | undefined): YamlSource {
    const node = document === undefined ? undefined : this.#read(document.contents, 0);
    if (node?.kind === "map") return { root: node, problems: this.problems };
    const empty = node === undefined || (node.kind === "scalar" && node.value === null);
    if (!empty) {
      this.problems.push({
        ...node.origin,
        message:
          "The configuration must be a mapping of keys to values, such as `log_level: info`.",
      });
    }
    return { root: emptyMap(this.#place), problems: this.problems };
  }

  problem(offset: number, message: string): void {
    this.problems.push({ ...this.#origin(offset), message });
  }

  #read(node: unknown, depth: number): SourceNode {
    const origin = this.#origin(startOf(node));
    this.#count += 1;
    if (depth > maxDepth || this.#count > maxNodes) return this.#tooMuch(origin);
    if (isAlias(node)) return this.#readAlias(node, depth);
    if (isNode(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return this.#readMap(node, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#read(item, depth + 1));
      return { kind: "list", items, origin };
    }
    return { kind: "scalar", value: scalarValue(node), origin, loose: false };
  }

  #readAlias(alias: Alias, depth: number): SourceNode {
    if (!this.#anchors.has(alias.source)) {
      this.problem(
        startOf(alias) ?? 0,
        "This alias (`*name`) names no anchor that stands before it.",
      );
    }
    return this.#read(this.#anchors.get(alias.source), depth + 1);
  }

  #readMap(map: YAMLMap, depth: number): MapNode {
    const result = emptyMap(this.#origin(startOf(map)));
    const merged: Pair[] = [];
    for (const pair of map.items) {
      const key = this.#keyOf(pair);
      if (key === "<<") merged.push(pair);
      else if (key !== undefined) {
        const keyOrigin = this.#origin(startOf(pair.key));
        if (result.entries.has(key)) this.problems.push({ ...keyOrigin, message: duplicateKey });
        const node = this.#read(pair.value, depth + 1);
        const hasPlace = startOf(pair.value) !== undefined;
        result.entries.set(key, {
          keyOrigin,
          node: hasPlace ? node : { ...node, origin: keyOrigin },
        });
      }
    }
    for (const pair of merged) this.#merge(result, this.#read(pair.value, depth + 1));
    return result;
  }

  /** `<<: *base`: the keys of the other mapping that this one does not have. */
  #merge(target: MapNode, source: SourceNode): void {
    if (source.kind === "list") {
      for (const item of source.items) this.#merge(target, item);
    } else if (source.kind === "map") {
      for (const [key, entry] of source.entries) {
        if (!target.entries.has(key)) target.entries.set(key, entry);
      }
    } else {
      this.problems.push({
        ...source.origin,
        message: "`<<` must name a mapping (`<<: *anchor`).",
      });
    }
  }

  #keyOf(pair: Pair): string | undefined {
    if (isScalar(pair.key)) return String(pair.key.value);
    this.problem(startOf(pair.key) ?? 0, "A key must be plain text.");
    return undefined;
  }

  #tooMuch(origin: Origin): SourceNode {
    const message = "The configuration is nested too deeply or repeats too much through anchors.";
    if (!this.problems.some((problem) => problem.message === message)) {
      this.problems.push({ ...origin, message });
    }
    return { kind: "scalar", value: null, origin, loose: false };
  }

  #origin(offset: number | undefined): Origin {
    if (offset === undefined) return this.#place;
    const { line, col } = this.#lines.linePos(offset);
    return { ...this.#place, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function startOf(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0];
}

function scalarValue(node: unknown): string | number | boolean | null {
  if (!isScalar(node)) return null;
  const { value } = node;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  return value === null || value === undefined ? null : String(value);
}
