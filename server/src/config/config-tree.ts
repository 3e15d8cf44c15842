import { type Alias, valueAlias } from "./aliases.ts";
import { type ConfigProblem, mostProblems } from "./config-error.ts";
import { type Environment, expandVariables } from "./expand-variables.ts";
import type { KeyResolver, ResolvedKey } from "./key-resolver.ts";
import { partsKind } from "./schema-walk.ts";
import {
  emptyMap,
  formatPath,
  type MapNode,
  nodeAt,
  type Origin,
  overrideVariable,
  type SourceNode,
} from "./source-node.ts";

const forbiddenSegments = new Set(["__proto__", "prototype", "constructor"]);

interface TreeOptions {
  resolver: KeyResolver;
  environment: Environment;
  problems: ConfigProblem[];
  notes: Set<string>;
}

/** One place that writes values: a file, the SEKHA__ variables, the options of the command line. */
interface Source {
  /** Canonical path → the spelling that set it, to find a key that is written twice. */
  written: Map<string, string>;
  /** Whether `${NAME}` in its values is replaced. */
  expand: boolean;
}

interface Assignment {
  /** As written, before other spellings are resolved. */
  path: readonly string[];
  node: SourceNode;
  keyOrigin: Origin;
  source: Source;
}

/**
 * The configuration under construction, with the key names of the schema. Sources are applied one
 * after the other, later ones win; spellings, unknown keys and `${NAME}` are handled on the way.
 */
export class ConfigTree {
  readonly root: MapNode = emptyMap({});
  readonly #options: TreeOptions;

  constructor(options: TreeOptions) {
    this.#options = options;
  }

  /** Everything a file or a JSON object says. */
  applyMap(map: MapNode): void {
    this.#applyEntries(map, [], { written: new Map(), expand: true });
  }

  /** Single values by path; a value with parts replaces the old one, it is not merged into it. */
  applyOverrides(
    overrides: readonly { path: readonly string[]; node: SourceNode }[],
    expand = true,
  ): void {
    const shared: Source = { written: new Map(), expand };
    for (const { path, node } of overrides) {
      const resolved = this.#options.resolver.resolve(path);
      const whole = node.kind !== "scalar";
      if (resolved.kind === "known" && whole) this.#remove(resolved.path);
      const source = whole ? { written: new Map(), expand } : shared;
      this.#apply({ path, node, keyOrigin: node.origin, source });
    }
  }

  #applyEntries(map: MapNode, path: readonly string[], source: Source): void {
    for (const [key, { node, keyOrigin }] of map.entries) {
      this.#apply({ path: [...path, key], node, keyOrigin, source });
    }
  }

  #apply(assignment: Assignment): void {
    const { path, node, source } = assignment;
    const resolved = forbiddenSegments.has(path.at(-1) ?? "")
      ? ({ kind: "unknown" } as const)
      : this.#options.resolver.resolve(path);
    if (resolved.kind === "unknown") this.#reportUnknown(assignment);
    else if (resolved.kind === "unused") this.#note(`${formatPath(path)} has no use any more`);
    else if (resolved.kind === "table") this.#applyTable(assignment);
    else if (node.kind !== "scalar" && partsKind(resolved.schema) === node.kind) {
      this.#noteAliases(resolved.aliases);
      this.#set(resolved.path, { ...emptyLike(node), origin: node.origin }, path);
      if (node.kind === "map") this.#applyEntries(node, path, source);
      else this.#applyItems(assignment, node.items);
    } else this.#applyValue(assignment, resolved);
  }

  #applyItems({ path, keyOrigin, source }: Assignment, items: SourceNode[]): void {
    for (const [index, node] of items.entries()) {
      this.#apply({ path: [...path, String(index)], node, keyOrigin, source });
    }
  }

  /** `database: { url: … }`: nothing of that name exists, its parts are other spellings. */
  #applyTable(assignment: Assignment): void {
    const { node, path, source } = assignment;
    if (node.kind === "map") this.#applyEntries(node, path, source);
    else if (node.kind !== "scalar" || node.value !== null) {
      this.#reportUnknown(assignment);
    }
  }

  #applyValue(assignment: Assignment, resolved: Extract<ResolvedKey, { kind: "known" }>): void {
    const { node, source } = assignment;
    this.#noteAliases(resolved.aliases);
    const { environment, problems } = this.#options;
    const expanded = source.expand
      ? expandVariables(node, { environment, problems, path: assignment.path })
      : node;
    const place = formatPath(resolved.path);
    const written = formatPath(assignment.path);
    const earlier = source.written.get(place);
    if (earlier !== undefined) {
      problems.push({
        ...assignment.keyOrigin,
        key: written,
        message: `says the same as ${earlier}, which is also given.`,
        hint: "Keep one of the two.",
      });
      return;
    }
    source.written.set(place, written);
    this.#set(resolved.path, this.#canonicalValue(resolved.path, expanded), assignment.path);
  }

  #canonicalValue(path: readonly string[], node: SourceNode): SourceNode {
    if (node.kind === "list") {
      const items = node.items.map((item, index) =>
        this.#canonicalValue([...path, String(index)], item),
      );
      return { ...node, items };
    }
    if (node.kind !== "scalar" || typeof node.value !== "string") return node;
    const word = valueAlias(path, node.value);
    if (word === undefined) return node;
    this.#note(`${node.value} is read as ${word} (in ${formatPath(path.map(wildcard))})`);
    return { ...node, value: word };
  }

  /** Makes the mappings on the way; a list grows by one item at most. */
  #set(path: readonly string[], node: SourceNode, written: readonly string[]): void {
    let parent: SourceNode = this.root;
    for (const [depth, segment] of path.entries()) {
      const last = depth === path.length - 1;
      const existing = presentNode(nodeAt(parent, [segment]));
      const next: SourceNode = last
        ? node
        : (existing ?? containerFor(path[depth + 1], node.origin));
      const keep = last && node.kind === existing?.kind && isEmpty(node);
      if (!keep && !place(parent, segment, next)) {
        this.#reportPosition(parent, { path: path.slice(0, depth + 1), written, node });
        return;
      }
      parent = keep ? (existing ?? next) : next;
    }
  }

  #remove(path: readonly string[]): void {
    const parent = nodeAt(this.root, path.slice(0, -1));
    const key = path.at(-1) ?? "";
    if (parent?.kind === "map") parent.entries.delete(key);
    if (parent?.kind === "list" && parent.items[Number(key)] !== undefined) {
      parent.items[Number(key)] = emptyMap({});
    }
  }

  #reportPosition(
    parent: SourceNode,
    {
      path,
      written,
      node,
    }: { path: readonly string[]; written: readonly string[]; node: SourceNode },
  ): void {
    const list = formatPath(path.slice(0, -1));
    const count = parent.kind === "list" ? parent.items.length : 0;
    const message =
      parent.kind === "list"
        ? `cannot be set: ${list} has ${count} ${count === 1 ? "item" : "items"}, counted from 0.`
        : `cannot be set: ${list} is a single value.`;
    this.#options.problems.push({ ...node.origin, key: formatPath(written), message });
  }

  #reportUnknown({ path, keyOrigin }: Assignment): void {
    const { problems, resolver } = this.#options;
    const fromVariable = keyOrigin.variable !== undefined && keyOrigin.file === undefined;
    const suggestion = problems.length < mostProblems ? resolver.suggest(path) : undefined;
    const name =
      suggestion && (fromVariable ? overrideVariable(suggestion) : formatPath(suggestion));
    problems.push({
      ...keyOrigin,
      key: formatPath(path),
      message: "is not a known key.",
      hint:
        name === undefined
          ? "See docs/reference/configuration.md for all keys."
          : `Did you mean ${name}?`,
    });
  }

  #noteAliases(aliases: readonly Alias[]): void {
    for (const { from, to = [] } of aliases) {
      const table = formatPath(from.slice(0, -1));
      const sameTable = table === formatPath(to.slice(0, -1));
      const where = sameTable && table !== "" ? ` (in ${table})` : "";
      const [read, as] = sameTable ? [from.at(-1), to.at(-1)] : [formatPath(from), formatPath(to)];
      this.#note(`${read} is read as ${as}${where}`);
    }
  }

  #note(text: string): void {
    this.#options.notes.add(text);
  }
}

function place(parent: SourceNode, segment: string, node: SourceNode): boolean {
  if (parent.kind === "map") {
    parent.entries.set(segment, { keyOrigin: node.origin, node });
    return true;
  }
  const index = Number(segment);
  if (parent.kind !== "list" || !Number.isInteger(index) || index > parent.items.length)
    return false;
  parent.items[index] = node;
  return true;
}

/** `server:` with nothing behind it counts as not written. */
function presentNode(node: SourceNode | undefined): SourceNode | undefined {
  return node?.kind === "scalar" && node.value === null ? undefined : node;
}

function containerFor(nextSegment: string | undefined, origin: Origin): SourceNode {
  return /^\d+$/.test(nextSegment ?? "") ? { kind: "list", items: [], origin } : emptyMap(origin);
}

function emptyLike(node: SourceNode): SourceNode {
  return node.kind === "list" ? { ...node, items: [] } : emptyMap(node.origin);
}

function isEmpty(node: SourceNode): boolean {
  return node.kind === "list"
    ? node.items.length === 0
    : node.kind === "map" && node.entries.size === 0;
}

function wildcard(segment: string): string {
  return /^\d+$/.test(segment) ? "*" : segment;
}
