import type { ConfigProblem } from "../config-error.ts";
import { ConfigTree } from "../config-tree.ts";
import { environmentOverrides, type Override } from "../environment-source.ts";
import type { Environment } from "../expand-variables.ts";
import { KeyResolver } from "../key-resolver.ts";
import { formatPath, type MapNode, nodeFromValue, type SourceNode } from "../source-node.ts";
import { v1Variables } from "./v1-variables.ts";

export interface V1Sources {
  /** v1's config.toml files, parsed; later ones win. */
  tables: readonly { file: string; table: Readonly<Record<string, unknown>> }[];
  /** The variables of .env with those of the environment over them. */
  variables: Environment;
}

export interface V1Settings {
  /** Under the key names of this version, each value with its origin. */
  root: MapNode;
  /** What has no counterpart here. */
  remarks: readonly string[];
}

/** Keys of v1's config.toml that are no spelling of this version's configuration. */
const tomlSpellings: readonly (readonly [from: string, to: string])[] = [
  ["api.api_keys", "additional_api_keys"],
  ["api.rate_limit_per_minute", "rate_limit_per_minute"],
  ["api.cors_enabled", "cors_enabled"],
  ["api.summarization_enabled", "summarization_enabled"],
  ["api.pruning_enabled", "pruning_enabled"],
  ["ollama.model", "summarization_model"],
];

/** Sections of this version: what stands there goes on overriding, and is not v1's. */
const ownSections = new Set(["llm_providers", "default_models", "routing"]);

/** Everything v1 was told, in v1's order: config.toml, then .env and the environment. */
export function readV1Settings({ tables, variables }: V1Sources): V1Settings {
  const resolver = new KeyResolver("server");
  const problems: ConfigProblem[] = [];
  const tree = new ConfigTree({ resolver, environment: {}, problems, notes: new Set() });
  const remarks: string[] = [];
  const apply = (override: Override) => tree.applyOverrides([override], false);
  for (const { file, table } of tables) {
    for (const leaf of leaves(nodeFromValue(table, { file }), [])) {
      const path = spelled(leaf.path);
      if (resolver.resolve(path).kind === "known" && !isOwn(path, resolver)) {
        apply({ path, node: leaf.node });
      } else
        remarks.push(`${formatPath(leaf.path)} of ${file} has no counterpart; it is left out.`);
    }
  }
  for (const override of variableOverrides(variables, { resolver, problems })) {
    if (!isOwn(override.path, resolver)) apply(override);
  }
  for (const { variable, key, message } of problems) {
    remarks.push(`${variable ?? key ?? "A key"} ${message.replace(/\.$/, "")}; it is left out.`);
  }
  return { root: tree.root, remarks };
}

/** Plain variables first: `SEKHA__…` is the more exact word. */
function variableOverrides(
  variables: Environment,
  options: { resolver: KeyResolver; problems: ConfigProblem[] },
): Override[] {
  const taken = new Set<string>();
  const plain: Override[] = [];
  for (const { variable, path } of v1Variables) {
    const value = variables[variable];
    if (value === undefined || value === "" || taken.has(path.join("."))) continue;
    taken.add(path.join("."));
    plain.push({ path, node: { kind: "scalar", value, origin: { variable }, loose: true } });
  }
  return [...plain, ...environmentOverrides(flatOnly(variables), options)];
}

/** v1's keys were flat: what names a part of a part is of this version, and goes on overriding. */
function flatOnly(variables: Environment): Environment {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => /^SEKHA__(?:(?!__).)+$/i.test(name)),
  );
}

function isOwn(path: readonly string[], resolver: KeyResolver): boolean {
  const resolved = resolver.resolve(path);
  return resolved.kind === "known" && ownSections.has(resolved.path[0] ?? "");
}

function* leaves(
  node: SourceNode,
  path: readonly string[],
): Generator<{ path: readonly string[]; node: SourceNode }> {
  if (node.kind !== "map") yield { path, node };
  else for (const [key, entry] of node.entries) yield* leaves(entry.node, [...path, key]);
}

function spelled(path: readonly string[]): readonly string[] {
  const found = tomlSpellings.find(([from]) => from === path.join("."));
  return found === undefined ? path : found[1].split(".");
}
