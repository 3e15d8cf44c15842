import type { Owner } from "../conversations/conversation.ts";
import { errorMessage, isSekhaError } from "../errors.ts";
import type { ConversationStore, ImportOutcome } from "../ports/conversation-store.ts";
import { OrderedTasks } from "./ordered-tasks.ts";
import { parseImport } from "./parse-import.ts";
import type { ImportSource, ParsedConversation, SourceLocation } from "./parsed-import.ts";
import { type ImportProgress, ProgressMeter } from "./progress-meter.ts";

export interface ImportRequest {
  sources: AsyncIterable<ImportSource> | Iterable<ImportSource>;
  owner: Owner;
  store: Pick<ConversationStore, "import">;
  /** Puts every conversation there instead of its format's folder. */
  folder?: string | undefined;
  /** Conversations stored at the same time, so that the store can commit them together. */
  concurrency?: number;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Called about ten times a second, and at the end. */
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal | undefined;
}

interface RefusedConversation {
  location: SourceLocation;
  title: string | null;
  reason: string;
}

interface ImportCounts {
  created: number;
  extended: number;
  unchanged: number;
  /** Messages stored by this import. */
  messages: number;
  refused: number;
}

interface SourceReport extends ImportCounts {
  name: string;
  /** Size in bytes. */
  size: number;
}

export interface ImportReport extends Omit<ImportCounts, "refused"> {
  /** The first {@link MAX_REFUSALS}; `refusedCount` counts all. */
  refused: RefusedConversation[];
  refusedCount: number;
  perSource: SourceReport[];
  /** Why the import ended before its sources did; null when it did not. */
  stopped: { reason: "storage_full" | "unavailable" | "cancelled"; message: string } | null;
}

/** A report stays readable however broken a file is. */
export const MAX_REFUSALS = 1_000;
const DEFAULT_CONCURRENCY = 8;

/**
 * Stores every conversation of the sources. A conversation that is refused never loses the
 * others; a full or unreachable store ends the import with what was done so far, and running it
 * again goes on, since what is stored is recognised.
 */
export async function runImport(request: ImportRequest): Promise<ImportReport> {
  const sources: ImportSource[] = [];
  for await (const source of request.sources) {
    sources.push(source);
  }
  return new ImportRun(request, sources).run();
}

class ImportRun {
  private readonly request: ImportRequest;
  private readonly sources: ImportSource[];
  private readonly tasks: OrderedTasks;
  private readonly meter: ProgressMeter;
  private readonly report: ImportReport = {
    ...{ created: 0, extended: 0, unchanged: 0, messages: 0 },
    refused: [],
    refusedCount: 0,
    perSource: [],
    stopped: null,
  };

  constructor(request: ImportRequest, sources: ImportSource[]) {
    this.request = request;
    this.sources = sources;
    this.tasks = new OrderedTasks(request.concurrency ?? DEFAULT_CONCURRENCY);
    this.meter = new ProgressMeter({
      now: request.now,
      bytesTotal: sources.reduce((sum, source) => sum + source.size, 0),
      onProgress: request.onProgress,
    });
  }

  async run(): Promise<ImportReport> {
    for (const source of this.sources) {
      if (this.isStopped()) {
        break;
      }
      await this.importSource(source);
    }
    this.meter.finish();
    return this.report;
  }

  private async importSource(source: ImportSource): Promise<void> {
    const counts = { created: 0, extended: 0, unchanged: 0, messages: 0, refused: 0 };
    const entry: SourceReport = { name: source.name, size: source.size, ...counts };
    this.report.perSource.push(entry);
    this.meter.begin(source.name);
    const { folder, now } = this.request;
    const items = parseImport(openLazily(source), { fileName: source.name, folder, now });
    for await (const item of items) {
      if (this.isStopped()) {
        break;
      }
      if (item.kind === "progress") {
        this.meter.read(item.bytesRead);
      } else if (item.kind === "refusal") {
        const { location, title = null, reason } = item;
        this.refuse(entry, { location, title, reason });
      } else {
        const key = JSON.stringify([item.identity.source, item.identity.externalId]);
        await this.tasks.start(key, () => this.store(item, entry));
      }
    }
    await this.tasks.settled();
    this.meter.end(source.size);
  }

  /** Never rejects: what fails is in the report. */
  private async store(parsed: ParsedConversation, entry: SourceReport): Promise<void> {
    if (this.isStopped()) {
      return;
    }
    const { owner, store } = this.request;
    try {
      const outcome = await store.import(owner, parsed.identity, parsed.draft);
      this.count(outcome, parsed, entry);
    } catch (error) {
      const code = isSekhaError(error) ? error.code : undefined;
      if (code === "storage_full" || code === "unavailable") {
        this.stop(code, errorMessage(error));
      } else {
        const title = parsed.draft.label;
        this.refuse(entry, { location: parsed.location, title, reason: errorMessage(error) });
      }
    }
  }

  private count(outcome: ImportOutcome, parsed: ParsedConversation, entry: SourceReport): void {
    for (const counts of [this.report, entry]) {
      counts.messages += outcome.messages;
      // A portion of a conversation that this file began is not another conversation.
      counts[outcome.state] += parsed.continued ? 0 : 1;
    }
    this.meter.stored(outcome.messages, parsed.continued ? 0 : 1);
  }

  private refuse(entry: SourceReport, refused: RefusedConversation): void {
    entry.refused += 1;
    this.report.refusedCount += 1;
    if (this.report.refused.length < MAX_REFUSALS) {
      this.report.refused.push(refused);
    }
    this.meter.refused();
  }

  private isStopped(): boolean {
    if (this.request.signal?.aborted === true && this.report.stopped === null) {
      this.stop("cancelled", "The import was cancelled.");
    }
    return this.report.stopped !== null;
  }

  private stop(reason: "storage_full" | "unavailable" | "cancelled", cause: string): void {
    const { created, extended, messages } = this.report;
    this.report.stopped ??= {
      reason,
      message: `${cause} Stored so far: ${created} new and ${extended} extended conversations, ${messages} messages. Import the same files again to go on; nothing is stored twice.`,
    };
  }
}

/** `open` may fail as reading may: both belong to this source alone. */
async function* openLazily(source: ImportSource): AsyncGenerator<Uint8Array> {
  yield* source.open();
}
