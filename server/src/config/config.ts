import type { Camelized } from "./camel-case.ts";
import type { ConfigProblem } from "./config-error.ts";
import type { WrittenConfig } from "./schema.ts";

/**
 * Where the providers come from: `llm_providers`, v1's variables and keys, or nothing at all, in
 * which case the embedding model inside Sekha is used.
 */
export type ConfigMode = "configured" | "legacy" | "embedded";

/** Every key of the file in camelCase; names inside `defaultModels`, `headers` and `providerSpecific` stay. */
export type Settings = Camelized<WrittenConfig>;

/** The one configuration of a process: validated, complete and frozen. */
export interface Config extends Omit<Settings, "auth" | "dataDirectory"> {
  readonly mode: ConfigMode;
  /** The configuration file, absolute; nothing when none was found. */
  readonly file: string | undefined;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly auth: { readonly bridge: "open" | "key" };
  /** What was read in another spelling or filled in, for the log. */
  readonly notes: readonly string[];
  /** What works but is probably not meant. */
  readonly warnings: readonly ConfigProblem[];
}
