import type { MessageFilter, Owner } from "../../../core/conversations/conversation.ts";
import type { SekhaError } from "../../../core/errors.ts";
import type { EmbeddingModelIdentity } from "../../../core/ports/embedding-model.ts";
import type { ConversationSequence, MessageSequence } from "../../../core/ports/message-index.ts";
import type { CollectionInfo, VectorHit } from "../../../core/ports/vector-store.ts";

/** How the worker is started (workerData). */
export interface WorkerOptions {
  databaseFile: string;
  directory: string;
  /** How often the worker looks for new rows on its own, milliseconds. */
  pollMs: number;
  /** Quiet time before a changed partition is written to its file, milliseconds. */
  quietMs: number;
}

/** What can be asked of the worker, and what it answers. */
export interface WorkerCalls {
  search: {
    input: {
      owner: Owner;
      model: EmbeddingModelIdentity;
      vector: Float32Array;
      filter: MessageFilter;
      limit: number;
    };
    output: VectorHit[];
  };
  similarities: {
    input: {
      owner: Owner;
      model: EmbeddingModelIdentity;
      vector: Float32Array;
      messages: MessageSequence[];
    };
    output: Map<MessageSequence, number>;
  };
  remove: { input: { owner: Owner; conversations: ConversationSequence[] }; output: undefined };
  warm: { input: { owner: Owner; model: EmbeddingModelIdentity }; output: undefined };
  collections: { input: { owner: Owner }; output: CollectionInfo[] };
  check: { input: undefined; output: undefined };
  close: { input: undefined; output: undefined };
}

export type WorkerCall = keyof WorkerCalls;

export type WorkerRequest = {
  [Call in WorkerCall]: { id: number; call: Call; input: WorkerCalls[Call]["input"] };
}[WorkerCall];

export type WorkerAnswer =
  | { kind: "done"; id: number; output: WorkerCalls[WorkerCall]["output"] }
  | { kind: "failed"; id: number; code: SekhaError["code"]; message: string }
  | { kind: "log"; level: "info" | "warn"; message: string };
