import type { ConfigProblem } from "./config-error.ts";
import { formatPath, type ScalarNode, type SourceNode } from "./source-node.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `$${` (a literal `${`), `${NAME}`, `${NAME:-default}`, and anything else that begins with `${`. */
const reference = /\$\$\{|\$\{(?:([A-Za-z_]\w*)(?::-((?:[^{}$]|\$(?!\{))*))?\}|([^}]*)\}?)/g;

interface Expansion {
  environment: Environment;
  path: readonly string[];
  problems: ConfigProblem[];
}

/**
 * Replaces references to environment variables in every text of a node. This happens after YAML
 * was parsed, so that a variable's value can never add keys. A text that becomes empty is unset.
 */
export function expandVariables(node: SourceNode, expansion: Expansion): SourceNode {
  if (node.kind === "scalar") return expandScalar(node, expansion);
  if (node.kind === "list") {
    const items = node.items.map((item, index) =>
      expandVariables(item, { ...expansion, path: [...expansion.path, String(index)] }),
    );
    return { ...node, items };
  }
  const entries = [...node.entries].map(([key, entry]) => {
    const path = [...expansion.path, key];
    return [key, { ...entry, node: expandVariables(entry.node, { ...expansion, path }) }] as const;
  });
  return { ...node, entries: new Map(entries) };
}

function expandScalar(node: ScalarNode, expansion: Expansion): ScalarNode {
  if (typeof node.value !== "string" || !node.value.includes("${")) return node;
  const used: string[] = [];
  const value = node.value.replace(reference, (match, name?: string, fallback?: string) => {
    if (match === "$${") return "${";
    if (name === undefined) {
      expansion.problems.push(malformed(node, expansion.path));
      return "";
    }
    used.push(name);
    const found = expansion.environment[name];
    if (found !== undefined && found !== "") return found;
    if (fallback === undefined) expansion.problems.push(missing({ name, found, node }, expansion));
    return fallback ?? "";
  });
  const [variable] = used;
  if (variable === undefined) return { ...node, value };
  const origin = { ...node.origin, variable: node.origin.variable ?? variable };
  return { ...node, value: value === "" ? null : value, origin, loose: true };
}

function missing(
  reference: { name: string; found: string | undefined; node: ScalarNode },
  { path }: Expansion,
): ConfigProblem {
  const { name, found, node } = reference;
  return {
    ...node.origin,
    key: formatPath(path),
    variable: name,
    message: `needs the environment variable ${name}, which is ${found === "" ? "empty" : "not set"}.`,
    hint: `Set ${name}, or write \${${name}:-default} if there is a value to fall back to.`,
  };
}

function malformed(node: ScalarNode, path: readonly string[]): ConfigProblem {
  return {
    ...node.origin,
    key: formatPath(path),
    message: "holds a reference that cannot be read.",
    hint: `Write \${NAME} or \${NAME:-default} (without another reference inside), or $\${ for a literal \${.`,
  };
}
