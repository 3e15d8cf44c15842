import { buildConfig } from "./build-config.ts";
import type { Config, ConfigMode } from "./config.ts";
import { ConfigError, type ConfigProblem } from "./config-error.ts";
import { referencedVariables } from "./env-beside-file.ts";
import type { Environment } from "./expand-variables.ts";

export interface ConfigCheck {
  valid: boolean;
  errors: readonly ConfigProblem[];
  warnings: readonly ConfigProblem[];
  notes: readonly string[];
  /** What the configuration would start; nothing when it is not valid. */
  summary: ConfigSummary | undefined;
}

export interface ConfigSummary {
  mode: ConfigMode;
  services: readonly string[];
  providers: number;
  models: number;
  database: "sqlite" | "postgresql";
  /** How many keys callers may use. */
  keys: number;
}

export interface CheckOptions {
  /** Absolute. */
  file?: string;
  /** Reads `.env` beside the file, as a start does; throws when there is none. */
  readFile?: (path: string) => string;
}

/**
 * Checks the text of a configuration file as a start in this environment would, overrides
 * included. Never throws for what the text holds.
 */
export function checkConfigText(
  text: string,
  environment: Environment,
  { file, readFile }: CheckOptions = {},
): ConfigCheck {
  try {
    const config = buildConfig({
      text,
      file,
      environment,
      referenced:
        file === undefined || readFile === undefined
          ? environment
          : referencedVariables({ file, text, environment, readFile }),
      overrides: {},
      cwd: "/",
      homeDirectory: "/",
    });
    const { warnings, notes } = config;
    return { valid: true, errors: [], warnings, notes, summary: summarize(config) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { valid: false, errors: error.problems, warnings: [], notes: [], summary: undefined };
  }
}

function summarize(config: Config): ConfigSummary {
  const { mcpApiKey, restApiKey, bridgeApiKey, proxyApiKey, additionalApiKeys } = config;
  const single = [mcpApiKey, restApiKey, bridgeApiKey, proxyApiKey];
  return {
    mode: config.mode,
    services: config.services,
    providers: config.llmProviders.length,
    models: config.llmProviders.reduce((sum, { models }) => sum + models.length, 0),
    database: config.databaseUrl?.startsWith("postgres") ? "postgresql" : "sqlite",
    keys: additionalApiKeys.length + single.filter((key) => key !== undefined).length,
  };
}
