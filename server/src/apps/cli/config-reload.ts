import { unwatchFile, watchFile } from "node:fs";
import type { Config } from "../../config/config.ts";
import { ConfigError, problemLine } from "../../config/config-error.ts";

/** Often enough for a person who saves a file, and it works on mounted files, where change events do not. */
const LOOK_EVERY_MS = 1000;
/** Of a file that is wrong; one that is no YAML at all has hundreds. */
const MOST_PROBLEMS_LOGGED = 5;

interface ConfigReloadOptions {
  /** The configuration as it was read at the start. */
  config: Config;
  /** Reads it again; throws ConfigError. */
  load: () => Config;
  /** Takes the new one. */
  apply: (config: Config) => void;
  /** Calls back for SIGHUP until the returned function is called. */
  onReloadSignal: (listener: () => void) => () => void;
  log: { info(message: string): void; warn(message: string): void; error(message: string): void };
}

/** What a running process takes over; everything else is read at the next start. */
const LIVE: readonly (keyof Config)[] = [
  "llmProviders",
  "defaultModels",
  "routing",
  "budgets",
  "mode",
  "notes",
  "warnings",
];

/** Reads the configuration again when its file changes and on SIGHUP; a wrong one changes nothing. Ends when called. */
export function reloadOnChange(options: ConfigReloadOptions): () => void {
  const { load, apply, onReloadSignal, log } = options;
  let { config } = options;
  const { file } = config;
  const reload = (why: string) => {
    try {
      const changed = load();
      apply(changed);
      const waiting = waitingKeys(config, changed);
      log.info(
        `Configuration read again (${why})${waiting.length === 0 ? "" : `; ${waiting.join(", ")} will be used from the next start on`}`,
      );
      config = changed;
    } catch (error) {
      const reason = error instanceof ConfigError ? problemsOf(error) : String(error);
      log.error(`The changed configuration is not used, the one before stays: ${reason}`);
    }
  };
  const forget = onReloadSignal(() => reload("SIGHUP"));
  const onChange = (
    now: { mtimeMs: number; size: number },
    before: { mtimeMs: number; size: number },
  ) => {
    // Gone or empty for a moment while an editor puts the new one in its place.
    if (now.mtimeMs === 0 || now.size === 0) return;
    if (now.mtimeMs === before.mtimeMs && now.size === before.size) return;
    reload("its file changed");
  };
  if (file !== undefined) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, onChange);
  // What changed between the reading at the start and the watcher's first look is no change to the watcher.
  const lookOnce = setTimeout(() => {
    if (file !== undefined && differs(config, load)) reload("its file changed");
  }, LOOK_EVERY_MS).unref();
  return () => {
    forget();
    clearTimeout(lookOnce);
    if (file !== undefined) unwatchFile(file, onChange);
  };
}

function problemsOf({ problems }: ConfigError): string {
  const lines = problems.slice(0, MOST_PROBLEMS_LOGGED).map(problemLine);
  const more = problems.length - lines.length;
  if (more > 0) lines.push(`and ${more} more, which \`sekha config check\` lists`);
  return lines.join("; ");
}

/** A file that cannot be read or is wrong differs: the reload says why it is not used. */
function differs(config: Config, load: () => Config): boolean {
  try {
    return JSON.stringify(load()) !== JSON.stringify(config);
  } catch {
    return true;
  }
}

/** Changed keys that a running process does not take. */
function waitingKeys(before: Config, after: Config): string[] {
  return (Object.keys(after) as (keyof Config)[]).filter(
    (key) => !LIVE.includes(key) && JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
}
