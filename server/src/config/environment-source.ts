import type { z } from "zod";
import type { ConfigProblem } from "./config-error.ts";
import type { Environment } from "./expand-variables.ts";
import type { KeyResolver } from "./key-resolver.ts";
import { isTextList, partsKind, schemaFacts } from "./schema-walk.ts";
import { formatPath, nodeFromValue, type Origin, type SourceNode } from "./source-node.ts";

const prefix = /^SEKHA__/i;
const fileVariable = "SEKHA__CONFIG_FILE";

export interface Override {
  path: readonly string[];
  node: SourceNode;
}

interface EnvironmentOptions {
  resolver: KeyResolver;
  problems: ConfigProblem[];
}

/**
 * `SEKHA__A__B=value` as values by path: names in any case, list indices as parts, JSON where the
 * key has parts of its own. An empty variable is as good as none. Shorter paths come first.
 */
export function environmentOverrides(
  environment: Environment,
  options: EnvironmentOptions,
): Override[] {
  const overrides: Override[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!prefix.test(variable) || variable.toUpperCase() === fileVariable) continue;
    if (value === undefined || value === "") continue;
    const path = variable.replace(prefix, "").toLowerCase().split("__");
    const node = overrideNode({ value, path, origin: { variable } }, options);
    if (node !== undefined) overrides.push({ path, node });
  }
  return overrides.sort(
    (left, right) =>
      left.path.length - right.path.length ||
      left.path.join("__").localeCompare(right.path.join("__")),
  );
}

interface OverrideValue {
  value: string;
  path: readonly string[];
  origin: Origin;
}

/** Text stays text where the key takes text; only keys with parts are read as JSON. */
function overrideNode(
  { value, path, origin }: OverrideValue,
  { resolver, problems }: EnvironmentOptions,
): SourceNode | undefined {
  const asText: SourceNode = { kind: "scalar", value, origin, loose: true };
  const resolved = resolver.resolve(path);
  if (resolved.kind === "unknown" || resolved.kind === "unused") return asText;
  const schema = resolved.kind === "known" ? resolved.schema : undefined;
  if (schema !== undefined && !wantsJson(schema, value)) return asText;
  const parsed = parseJson(value);
  if (parsed !== undefined) return nodeFromValue(parsed.value, origin);
  if (schema !== undefined && takesAnything(schema)) return asText;
  problems.push({
    ...origin,
    key: formatPath(path),
    message: "must be JSON here: the key has parts of its own.",
    hint: `Give it as JSON, or set its parts one by one, as in ${origin.variable}__NAME=value.`,
  });
  return undefined;
}

function wantsJson(schema: z.ZodType, value: string): boolean {
  if (isTextList(schema)) return value.trimStart().startsWith("[");
  return partsKind(schema) !== undefined || takesAnything(schema);
}

function takesAnything(schema: z.ZodType): boolean {
  return schemaFacts(schema).core.def.type === "unknown";
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    // The caller says that JSON was expected; JSON's own message would quote the value.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
