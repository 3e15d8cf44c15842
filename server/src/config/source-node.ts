/** Where a value was written. */
export interface Origin {
  file?: string;
  line?: number;
  column?: number;
  variable?: string;
}

export type ScalarValue = string | number | boolean | null;

/** A value and where it came from; the configuration before it is checked. */
export type SourceNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  kind: "scalar";
  value: ScalarValue;
  origin: Origin;
  /** Text that came through the environment and may stand for a number, a boolean or a list. */
  loose: boolean;
}

export interface ListNode {
  kind: "list";
  items: SourceNode[];
  origin: Origin;
}

export interface MapNode {
  kind: "map";
  entries: Map<string, MapEntry>;
  origin: Origin;
}

export interface MapEntry {
  keyOrigin: Origin;
  node: SourceNode;
}

export function emptyMap(origin: Origin): MapNode {
  return { kind: "map", entries: new Map(), origin };
}

/** A JavaScript value (parsed JSON, an option of the command line) with one origin for all of it. */
export function nodeFromValue(value: unknown, origin: Origin): SourceNode {
  if (Array.isArray(value)) {
    return { kind: "list", items: value.map((item) => nodeFromValue(item, origin)), origin };
  }
  if (typeof value === "object" && value !== null) {
    const map = emptyMap(origin);
    for (const [key, item] of Object.entries(value)) {
      map.entries.set(key, { keyOrigin: origin, node: nodeFromValue(item, origin) });
    }
    return map;
  }
  return { kind: "scalar", value: scalarOf(value), origin, loose: false };
}

/** The node at a path, or nothing. */
export function nodeAt(root: SourceNode, path: readonly string[]): SourceNode | undefined {
  let node: SourceNode | undefined = root;
  for (const segment of path) {
    if (node?.kind === "map") node = node.entries.get(segment)?.node;
    else if (node?.kind === "list") node = node.items[Number(segment)];
    else return undefined;
  }
  return node;
}

/** The place of the value at a path, or of the nearest thing around it that was written. */
export function originAt(root: SourceNode, path: readonly string[]): Origin {
  for (let length = path.length; length > 0; length -= 1) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node.origin;
  }
  return {};
}

/** `["llm_providers", "0", "api_key"]` as `llm_providers[0].api_key`. */
export function formatPath(path: readonly (string | number | symbol)[]): string {
  let text = "";
  for (const part of path) {
    const segment = String(part);
    if (/^\d+$/.test(segment) && text !== "") text += `[${segment}]`;
    else if (segment === "*") text += "[]";
    else text += text === "" ? segment : `.${segment}`;
  }
  return text;
}

/** The variable that overrides the key at a path. */
export function overrideVariable(path: readonly (string | number | symbol)[]): string {
  return ["SEKHA", ...path.map((part) => String(part).toUpperCase())].join("__");
}

function scalarOf(value: unknown): ScalarValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  return null;
}
