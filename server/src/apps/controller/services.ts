import type { ConfigReport, Health, ImportReport, MemoryToolName } from "@sekha/sdk/contract";
import type { ContextAssembler } from "../../core/context/context-types.ts";
import type { ConversationFilter, Owner } from "../../core/conversations/conversation.ts";
import type { Conversations } from "../../core/conversations/conversations.ts";
import type { Embeddings } from "../../core/embedding/embedding-types.ts";
import type { Labelling } from "../../core/labels/label-types.ts";
import type { ConversationStore } from "../../core/ports/conversation-store.ts";
import type { FactStore } from "../../core/ports/fact-store.ts";
import type { Job, JobStore } from "../../core/ports/job-store.ts";
import type { KeyStore } from "../../core/ports/key-store.ts";
import type { LanguageTasks } from "../../core/ports/language-tasks.ts";
import type { SummaryStore } from "../../core/ports/summary-store.ts";
import type { UserStore } from "../../core/ports/user-store.ts";
import type { Pruning } from "../../core/pruning/pruning.ts";
import type { Recall } from "../../core/search/search-types.ts";
import type { ConversationSummaries } from "../../core/summaries/conversation-summaries.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import type { RouteCall } from "../../http/route-binding.ts";

export type ExportFormat = "jsonl" | "markdown";

export interface ImportUpload {
  owner: Owner;
  /** The file as it comes in; its own size limit is the receiver's business. */
  stream: ReadableStream<Uint8Array>;
  /** As the client named it, for labels and reports; null when it did not. */
  fileName: string | null;
  /** Store below this folder; null for the importer's own choice. */
  folder: string | null;
  /** False: answer with the job as soon as the file is safe. */
  wait: boolean;
  signal: AbortSignal;
}

/** Import, export and backup as HTTP needs them. */
export interface Transfer {
  importUpload(upload: ImportUpload): Promise<ImportReport | Job>;
  /** Text in pieces; stops reading the store when it is returned early. */
  exportStream(options: {
    owner: Owner;
    filter: ConversationFilter;
    format: ExportFormat;
  }): AsyncIterable<string>;
  /** A consistent copy; the stream's end or cancellation cleans up after it. */
  backup(): Promise<{ size: number; stream: ReadableStream<Uint8Array> }>;
}

/** MCP over these very routes: the protocol, and its tools one by one. */
export interface McpService {
  serve(request: HttpRequest, call: RouteCall): Promise<Response>;
  tools(): object[];
  run(name: MemoryToolName, input: unknown, call: RouteCall): Promise<unknown>;
}

/** Figures of the whole memory, every owner's, for metrics. */
export interface MemoryFigures {
  conversations: number;
  messages: number;
  vectors: number;
  queue: { pending: number; processing: number; parked: number };
}

/** All that the controller's routes stand on. */
export interface ControllerServices {
  conversations: Conversations;
  store: ConversationStore;
  recall: Recall;
  context: ContextAssembler;
  pruning: Pruning;
  labels: Labelling;
  languageTasks: LanguageTasks;
  /** Of one conversation, made when it is asked for. */
  summaries: Pick<ConversationSummaries, "summary">;
  storedSummaries: Pick<SummaryStore, "list">;
  facts: Pick<FactStore, "list">;
  embeddings: Embeddings;
  jobs: JobStore;
  keys: KeyStore;
  users: UserStore;
  transfer: Transfer;
  /** Loaded with the first call that needs it. */
  mcp(): Promise<McpService>;
  health(): Promise<Health>;
  /** Checks a configuration text (YAML or JSON) without using it. */
  validateConfig(text: string): Promise<ConfigReport> | ConfigReport;
  /** For /metrics; asked once a scrape. */
  figures(): Promise<MemoryFigures>;
  /** Milliseconds since the epoch; with fractions, durations get finer. */
  clock: () => number;
  /** A new UUID, in lower case. */
  newId: () => string;
}
