import { bridgeAuth, checkAccess } from "./access-checks.ts";
import { camelCased } from "./camel-case.ts";
import type { Config } from "./config.ts";
import { ConfigError, type ConfigProblem, mostProblems } from "./config-error.ts";
import { ConfigTree } from "./config-tree.ts";
import { type Places, resolveDirectories } from "./directories.ts";
import { environmentOverrides, type Override } from "./environment-source.ts";
import type { Environment } from "./expand-variables.ts";
import { KeyResolver } from "./key-resolver.ts";
import { plainValue } from "./plain-value.ts";
import { plainOverrides } from "./plain-variables.ts";
import { ProblemList } from "./problem-list.ts";
import { checkDefaultModels, checkProviders } from "./provider-checks.ts";
import { resolveProviders, usesLegacyKeys } from "./provider-mode.ts";
import { configSchema, type WrittenConfig } from "./schema.ts";
import { schemaProblems } from "./schema-problems.ts";
import { hideSecrets } from "./secrets.ts";
import { soleService } from "./sole-service.ts";
import { type MapNode, nodeFromValue } from "./source-node.ts";
import { readYaml } from "./yaml-source.ts";

export interface ConfigSources extends Places {
  /** The text of the configuration file; nothing when there is none. */
  text: string | undefined;
  environment: Environment;
  /** Where `${NAME}` is looked up; the environment when absent. */
  referenced?: Environment;
  /** Key path (`server.port`) → value, from the command line; wins over everything. */
  overrides: Readonly<Record<string, unknown>>;
}

/**
 * Merges defaults < file < plain variables < SEKHA__ variables < command line, and checks the
 * whole. Throws ConfigError with every problem found.
 */
export function buildConfig(sources: ConfigSources): Config {
  const problems: ConfigProblem[] = [];
  const { root: file, problems: syntax } = readYaml(sources.text ?? "", sources.file);
  if (syntax.length > 0) throw new ConfigError(listed(syntax));
  const { root, notes } = mergeSources(sources, { file, problems });
  const parsed = configSchema.safeParse(plainValue(root, configSchema));
  if (!parsed.success) addNew(problems, schemaProblems(parsed.error.issues, root));
  const checks = new ProblemList(root);
  if (parsed.success) runChecks(parsed.data, checks);
  addNew(problems, checks.errors);
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(
      hideSecrets(listed(problems), { root, environment: referencedBy(sources) }),
    );
  }
  return complete(parsed.data, { root, notes, checks, sources });
}

function referencedBy({ environment, referenced = environment }: ConfigSources): Environment {
  return referenced;
}

function mergeSources(
  sources: ConfigSources,
  { file, problems }: { file: MapNode; problems: ConfigProblem[] },
): { root: MapNode; notes: Set<string> } {
  const { environment, overrides } = sources;
  const sole = soleService({ file, environment, overrides });
  const resolver = new KeyResolver(sole === "bridge" ? "bridge" : "server");
  const notes = new Set<string>();
  const tree = new ConfigTree({
    resolver,
    environment: referencedBy(sources),
    problems,
    notes,
  });
  tree.applyMap(file);
  tree.applyOverrides(plainOverrides(environment, sole), false);
  tree.applyOverrides(environmentOverrides(environment, { resolver, problems }));
  tree.applyOverrides(optionOverrides(overrides));
  return { root: tree.root, notes };
}

function optionOverrides(overrides: Readonly<Record<string, unknown>>): Override[] {
  return Object.entries(overrides)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ path: key.split("."), node: nodeFromValue(value, {}) }));
}

function runChecks(written: WrittenConfig, checks: ProblemList): void {
  const { llm_providers, default_models } = resolveProviders(written);
  checkAccess(written, checks);
  checkProviders({ ...written, llm_providers }, checks);
  checkDefaultModels({ ...written, llm_providers, default_models }, checks);
}

interface Completion {
  root: MapNode;
  notes: Set<string>;
  checks: ProblemList;
  sources: ConfigSources;
}

function complete(written: WrittenConfig, { root, notes, checks, sources }: Completion): Config {
  const { mode, llm_providers, default_models, notes: modeNotes } = resolveProviders(written);
  const resolved = { ...written, llm_providers, default_models };
  const directories = resolveDirectories(resolved, root, sources);
  if (mode === "configured" && usesLegacyKeys(written)) {
    modeNotes.push("llm_providers is set: v1's model variables (OLLAMA_URL, …) are not used");
  }
  const settings = camelCased({ ...resolved, ...directories }, configSchema);
  return deepFreeze({
    ...settings,
    dataDirectory: directories.data_directory,
    databaseUrl: directories.database_url,
    auth: { bridge: bridgeAuth(written) },
    mode,
    file: sources.file,
    notes: [...notes, ...modeNotes],
    warnings: hideSecrets(listed(checks.warnings), { root, environment: referencedBy(sources) }),
  });
}

function listed(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const more = problems.length - mostProblems;
  if (more <= 0) return problems;
  return [...problems.slice(0, mostProblems), { message: `There are ${more} more problems.` }];
}

/** A key that is already reported is not reported again for what follows from it. */
function addNew(problems: ConfigProblem[], more: readonly ConfigProblem[]): void {
  const known = new Set(problems.map(({ key }) => key));
  problems.push(...more.filter(({ key }) => key === undefined || !known.has(key)));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
