import type { Stats } from "node:fs";
import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { ImportReport } from "../core/transfer/importer.ts";

export interface ImportWatcherDependencies {
  folder: string;
  /** Where a file goes once it is imported. */
  imported: string;
  importFile: (path: string, signal: AbortSignal) => Promise<ImportReport>;
  log: Log;
  clock: () => number;
  /** Milliseconds between looks. */
  pollMs?: number;
}

const POLL_MS = 1000;
/** Names that programs give to files they are still writing. */
const UNFINISHED = /^\.|\.(crdownload|part|partial|download|tmp|swp)$|~$/i;

/**
 * Imports what is put into the folder, once a file has stopped growing. Looking once a second
 * works on every file system, also those without change events (network, containers).
 */
export class ImportWatcher {
  readonly #dependencies: ImportWatcherDependencies;
  readonly #stop = new AbortController();
  /** Size and time of each file when last seen; a failed file is tried again when they change. */
  readonly #seen = new Map<string, string>();
  readonly #failed = new Map<string, string>();
  /** Why the folder could not be read last time, so that it is said once. */
  #unreadable: string | null = null;
  #done: Promise<void> = Promise.resolve();

  constructor(dependencies: ImportWatcherDependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { log, pollMs = POLL_MS } = this.#dependencies;
    while (!signal.aborted) {
      try {
        await this.#look();
        this.#unreadable = null;
      } catch (error) {
        // The folder may be gone for a moment; the next look decides.
        const reason = errorMessage(error);
        if (reason !== this.#unreadable) log.warn(`The import folder cannot be read: ${reason}`);
        this.#unreadable = reason;
      }
      await sleep(pollMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { folder } = this.#dependencies;
    const names = (await readdir(folder)).filter((name) => !UNFINISHED.test(name)).sort();
    for (const name of this.#seen.keys()) {
      if (names.includes(name)) continue;
      this.#seen.delete(name);
      this.#failed.delete(name);
    }
    for (const name of names) {
      if (this.#stop.signal.aborted) return;
      const info = await infoOf(join(folder, name));
      if (info === null || !info.isFile() || info.size === 0) continue;
      const state = `${info.size} ${info.mtimeMs}`;
      const settled = this.#seen.get(name) === state;
      this.#seen.set(name, state);
      if (settled && this.#failed.get(name) !== state) await this.#import(name, state);
    }
  }

  async #import(name: string, state: string): Promise<void> {
    const { folder, log, importFile } = this.#dependencies;
    log.info(`Importing ${name} from the import folder`);
    try {
      const report = await importFile(join(folder, name), this.#stop.signal);
      if (report.stopped !== null) throw new Error(report.stopped.message);
      const taken = report.created + report.extended + report.unchanged;
      if (taken === 0) throw new Error(report.refused[0]?.reason ?? "nothing in it to import");
      await this.#moveAway(name);
      log.info(
        `Imported ${name}: ${report.created} new, ${report.extended} extended, ${report.unchanged} already there, ${report.refusedCount} refused`,
      );
      for (const { title, reason } of report.refused.slice(0, 20)) {
        log.warn(`Refused from ${name}: ${title ?? "a conversation"}: ${reason}`);
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#failed.set(name, state);
      log.warn(`${name} stays in the import folder: ${errorMessage(error)}`);
    }
  }

  async #moveAway(name: string): Promise<void> {
    const { folder, imported, clock } = this.#dependencies;
    await mkdir(imported, { recursive: true });
    const stamp = new Date(clock()).toISOString().slice(0, 19).replace("T", "_");
    await rename(join(folder, name), join(imported, `${stamp.replaceAll(/[-:]/g, "")}_${name}`));
    this.#seen.delete(name);
  }
}

/** Null when the file was taken away since the folder was read. */
async function infoOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
