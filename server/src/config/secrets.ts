import type { ConfigProblem } from "./config-error.ts";
import type { Environment } from "./expand-variables.ts";
import { configSchema } from "./schema.ts";
import { schemaAt, schemaFacts } from "./schema-walk.ts";
import type { MapNode, SourceNode } from "./source-node.ts";

export const hiddenText = "***";
const shortestHidden = 6;
const secretName = /key|token|secret|password|passwd|authorization|credential/i;

/** A name whose value is probably a secret, for keys the schema does not know. */
export function soundsSecret(name: string): boolean {
  return secretName.test(name);
}

/** `postgresql://user:password@host?password=…` without the passwords. */
export function withoutUrlPassword(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  return text
    .replace(/^([^:]+:\/\/[^/?#]*?):[^/?#]*@/, `$1:${hiddenText}@`)
    .replace(/([?&]([^=&#]+)=)[^&#]+/g, (part, begin: string, name: string) =>
      soundsSecret(name) ? `${begin}${hiddenText}` : part,
    );
}

interface SecretSources {
  root: MapNode;
  environment: Environment;
}

/**
 * Takes every known secret out of problems. Messages do not quote values anyway; this holds for
 * the cases where a secret stands where a name belongs.
 */
export function hideSecrets(
  problems: readonly ConfigProblem[],
  { root, environment }: SecretSources,
): ConfigProblem[] {
  const secrets = new Set<string>();
  collect(root, [], secrets);
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && soundsSecret(name)) secrets.add(value);
  }
  const hidden = [...secrets].filter((value) => value.length >= shortestHidden);
  const clean = (text: string) =>
    hidden.reduce((result, value) => result.replaceAll(value, hiddenText), text);
  return problems.map((problem) => ({
    ...problem,
    message: clean(problem.message),
    ...(problem.key === undefined ? {} : { key: clean(problem.key) }),
    ...(problem.hint === undefined ? {} : { hint: clean(problem.hint) }),
  }));
}

function collect(node: SourceNode, path: readonly string[], secrets: Set<string>): void {
  if (node.kind === "map") {
    for (const [key, entry] of node.entries) collect(entry.node, [...path, key], secrets);
  } else if (node.kind === "list") {
    for (const [index, item] of node.items.entries())
      collect(item, [...path, String(index)], secrets);
  } else if (typeof node.value === "string" && isSecretPath(path)) secrets.add(node.value);
}

function isSecretPath(path: readonly string[]): boolean {
  const schema = schemaAt(configSchema, path);
  if (schema === undefined) return soundsSecret(path.at(-1) ?? "");
  const { core, secret } = schemaFacts(schema);
  return secret || (core.def.type === "unknown" && soundsSecret(path.at(-1) ?? ""));
}
