import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ImportReport as WireReport } from "@sekha/sdk/contract";
import type { ImportUpload, Transfer } from "../apps/controller/services.ts";
import type {
  Conversation,
  ConversationFilter,
  Message,
  Owner,
} from "../core/conversations/conversation.ts";
import { errorMessage, isSekhaError, SekhaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { ConversationStore } from "../core/ports/conversation-store.ts";
import type { Job, JobStore } from "../core/ports/job-store.ts";
import { type ImportReport, runImport } from "../core/transfer/importer.ts";
import { writeJsonLines } from "../core/transfer/json-lines-export.ts";
import { writeMarkdown } from "../core/transfer/markdown-export.ts";
import { describeLocation } from "../core/transfer/parsed-import.ts";
import type { ImportProgress } from "../core/transfer/progress-meter.ts";
import { openImportSources } from "../storage/transfer/import-sources.ts";

export interface TransferDependencies {
  store: ConversationStore;
  jobs: JobStore;
  /** Makes a consistent copy of the database at a path that does not exist. */
  backup: (file: string) => Promise<void>;
  /** Called after conversations were stored. */
  onStored: () => void;
  temporary: string;
  /** Largest upload in bytes. */
  uploadLimit: number;
  log: Log;
  clock: () => number;
  newId: () => string;
}

const CONVERSATION_PAGE = 50;
const MESSAGE_PAGE = 200;
const JOB_SAVE_MS = 1000;

/** Import, export and backup over files of the data directory. */
export class TransferService implements Transfer {
  readonly #dependencies: TransferDependencies;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(dependencies: TransferDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Says of imports that nobody works on (a restart cut them off, or their controller is gone) that they failed: their
   * uploads are gone, what they stored stays.
   */
  async closeOrphans(isOrphan: (job: Job) => boolean): Promise<void> {
    const { jobs, clock } = this.#dependencies;
    for (const { owner, job } of await jobs.unfinished()) {
      if (job.kind !== "import" || !isOrphan(job)) continue;
      const error =
        "Sekha was stopped during this import. Import the file again: nothing is stored twice.";
      await jobs.put(owner, { ...job, state: "failed", error, updatedAt: clock() });
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
  }

  async importUpload(upload: ImportUpload): Promise<WireReport | Job> {
    const file = await this.#receive(upload);
    let job: Job | null = null;
    try {
      if (!upload.wait) {
        job = await this.#importAsJob(upload, file);
        return job;
      }
      const signal = AbortSignal.any([upload.signal, this.#stop.signal]);
      const fileName = nameOf(upload);
      const report = await this.importFile({ ...upload, fileName, path: file, signal });
      return wireReport(this.#finished(report));
    } finally {
      // A job that began removes the file itself.
      if (job === null) await this.#discard(file);
    }
  }

  /** Imports a file, folder or ZIP that is on this machine. */
  async importFile(request: {
    owner: Owner;
    path: string;
    fileName?: string | null;
    folder: string | null;
    signal?: AbortSignal;
    onProgress?: (progress: ImportProgress) => void;
  }): Promise<ImportReport> {
    const { store, onStored, clock } = this.#dependencies;
    const storing: Pick<ConversationStore, "import"> = {
      import: async (owner, identity, draft) => {
        const outcome = await store.import(owner, identity, draft);
        if (outcome.state !== "unchanged") onStored();
        return outcome;
      },
    };
    return runImport({
      sources: named(openImportSources(request.path), request),
      owner: request.owner,
      store: storing,
      folder: request.folder ?? undefined,
      now: clock,
      signal: request.signal,
      ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
    });
  }

  async *exportStream(request: {
    owner: Owner;
    filter: ConversationFilter;
    format: "jsonl" | "markdown";
  }): AsyncGenerator<string> {
    const write = request.format === "jsonl" ? writeJsonLines : writeMarkdown;
    for await (const conversation of this.#conversations(request.owner, request.filter)) {
      yield* write(conversation, this.#messages(request.owner, conversation));
    }
  }

  async backup(): Promise<{ size: number; stream: ReadableStream<Uint8Array> }> {
    const { temporary, newId, backup } = this.#dependencies;
    const file = join(temporary, `backup-${newId()}.db`);
    try {
      await backup(file);
      const { size } = await stat(file);
      const reading = createReadStream(file);
      reading.once("close", () => void this.#discard(file));
      return { size, stream: Readable.toWeb(reading) as ReadableStream<Uint8Array> };
    } catch (error) {
      await this.#discard(file);
      throw error;
    }
  }

  /** The upload as a file; refused once it is larger than allowed. */
  async #receive({ stream, signal }: ImportUpload): Promise<string> {
    const { temporary, newId, uploadLimit } = this.#dependencies;
    const file = join(temporary, `upload-${newId()}`);
    let size = 0;
    const limit = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        size += chunk.byteLength;
        done(size > uploadLimit ? tooLarge(uploadLimit) : null, chunk);
      },
    });
    try {
      await pipeline(Readable.fromWeb(stream as never), limit, createWriteStream(file), { signal });
      return file;
    } catch (error) {
      await this.#discard(file);
      if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
        throw new SekhaError("storage_full", "The disk is full: the upload was not kept.", {
          cause: error,
        });
      }
      throw error;
    }
  }

  async #importAsJob(upload: ImportUpload, file: string): Promise<Job> {
    const { jobs, clock, newId } = this.#dependencies;
    const now = clock();
    const { size } = await stat(file);
    const job: Job = {
      id: newId(),
      kind: "import",
      state: "running",
      progress: { done: 0, total: size },
      detail: { file: nameOf(upload) },
      error: null,
      createdAt: now,
      updatedAt: now,
    };
    await jobs.put(upload.owner, job);
    const done = this.#performJob(upload, job, file);
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
    return { ...job };
  }

  async #performJob(upload: ImportUpload, job: Job, file: string): Promise<void> {
    const { jobs, clock, log } = this.#dependencies;
    const save = (change: Partial<Job>) => {
      Object.assign(job, change, { updatedAt: clock() });
      return jobs.put(upload.owner, { ...job });
    };
    try {
      const report = await this.importFile({
        ...upload,
        fileName: nameOf(upload),
        path: file,
        signal: this.#stop.signal,
        onProgress: (progress) => {
          if (clock() - job.updatedAt < JOB_SAVE_MS) return;
          save(progressOf(progress)).catch((error: unknown) =>
            log.warn(`The progress of an import could not be noted: ${errorMessage(error)}`),
          );
        },
      });
      const finished = this.#finished(report);
      const { total } = job.progress;
      await save({
        state: "done",
        progress: { done: total, total },
        detail: { ...job.detail, report: wireReport(finished) as never },
      });
    } catch (error) {
      // The report says what is stored and how to go on.
      const what = this.#stop.signal.aborted ? "An import was stopped" : "An import failed";
      log.warn(`${what}: ${errorMessage(error)}`);
      await save({ state: "failed", error: errorMessage(error) }).catch((failure: unknown) =>
        // The job stays unfinished; the next start marks it failed.
        log.warn(`The end of an import could not be noted: ${errorMessage(failure)}`),
      );
    } finally {
      await this.#discard(file);
    }
  }

  async #discard(file: string): Promise<void> {
    await rm(file, { force: true }).catch((error: unknown) =>
      // What is left here is removed at the next start.
      this.#dependencies.log.warn(`${file} could not be removed: ${errorMessage(error)}`),
    );
  }

  #finished(report: ImportReport): ImportReport {
    if (report.stopped === null) return report;
    const { reason, message } = report.stopped;
    throw new SekhaError(reason === "cancelled" ? "unavailable" : reason, message);
  }

  async *#conversations(owner: Owner, filter: ConversationFilter): AsyncGenerator<Conversation> {
    let cursor: string | undefined;
    do {
      const page = await this.#dependencies.store.scan(owner, filter, {
        limit: CONVERSATION_PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      yield* page.items;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  async *#messages(owner: Owner, { id }: Conversation): AsyncGenerator<Message> {
    for (let offset = 0; ; offset += MESSAGE_PAGE) {
      const items = await this.#messagePage(owner, id, offset);
      yield* items;
      if (items.length < MESSAGE_PAGE) return;
    }
  }

  /** A conversation that was deleted since the export found it has no more messages. */
  async #messagePage(owner: Owner, id: string, offset: number): Promise<Message[]> {
    try {
      const page = { limit: MESSAGE_PAGE, offset };
      return (await this.#dependencies.store.messages(owner, id, page)).items;
    } catch (error) {
      if (isSekhaError(error) && error.code === "not_found") return [];
      throw error;
    }
  }
}

/** What reports call an upload: never the name of its temporary file. */
function nameOf({ fileName }: ImportUpload): string {
  return fileName ?? "upload";
}

function tooLarge(limit: number): SekhaError {
  return new SekhaError(
    "payload_too_large",
    `The file is larger than ${limit} bytes. Raise body_limits.import (SEKHA__BODY_LIMITS__IMPORT), or import it with the command: sekha import FILE.`,
  );
}

function progressOf(progress: ImportProgress): Partial<Job> {
  const { bytesDone, bytesTotal, conversations, messages, refused, source } = progress;
  return {
    progress: { done: bytesDone, total: bytesTotal },
    detail: { file: source, conversations, messages, refused },
  };
}

/** The client's name for a single upload, instead of that of the temporary file. */
async function* named(
  sources: ReturnType<typeof openImportSources>,
  { path, fileName }: { path: string; fileName?: string | null },
): ReturnType<typeof openImportSources> {
  const temporaryName = basename(path);
  for await (const source of sources) {
    if (typeof fileName !== "string") yield source;
    else yield { ...source, name: source.name.replace(temporaryName, () => fileName) };
  }
}

export function wireReport(report: ImportReport): WireReport {
  return {
    created: report.created,
    extended: report.extended,
    unchanged: report.unchanged,
    messages: report.messages,
    refused: report.refused.map(({ location, title, reason }) => ({
      location: describeLocation(location),
      title: title ?? "",
      reason,
    })),
    refused_total: report.refusedCount,
  };
}
