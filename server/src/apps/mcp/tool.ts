import type { SekhaClient } from "@sekha/sdk";
import type { MemoryToolData, MemoryToolInput, MemoryToolName } from "@sekha/sdk/contract";

/** What the tools about language models stand on: a bridge, or a controller that asks its own. */
export interface LlmTools {
  status(input: MemoryToolInput<"llm_status">): Promise<MemoryToolData<"llm_status">>;
  routing(input: MemoryToolInput<"llm_routing">): Promise<MemoryToolData<"llm_routing">>;
}

/** Whose memory a server serves, and where failures go that a model is not told. */
export interface ServedMemory {
  client: SekhaClient;
  llm: LlmTools;
  logFailure: (error: unknown, what: string) => void;
}

/** The call around a tool's input. */
export interface ToolContext {
  /** The caller's memory. */
  client: SekhaClient;
  llm: LlmTools;
  /** Aborts when the caller is gone. */
  signal: AbortSignal;
  /** Tells how far long work is; nothing happens where the caller did not ask. */
  progress(done: number, total: number): Promise<void>;
}

/** Hints for clients that ask a person before a tool runs; the names are the protocol's. */
export interface ToolHints {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

/** One tool of the MCP server; its schemas stand in the contract under its name. */
export interface MemoryTool<Name extends MemoryToolName> {
  title: string;
  /** Written for a model that chooses between tools. */
  description: string;
  hints: ToolHints;
  /** Whether the answer quotes what was stored. */
  quotesStoredText: boolean;
  run(input: MemoryToolInput<Name>, context: ToolContext): Promise<MemoryToolData<Name>>;
  /** The same for reading; in parts where a program may want one of them alone. */
  text(data: MemoryToolData<Name>): string | string[];
  /** For programs, where they get more than a model: nothing is cut. */
  runInFull?(input: MemoryToolInput<Name>, context: ToolContext): Promise<unknown>;
}

/** Changes nothing. */
export const READS: ToolHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Adds to the memory, again with every call. */
export const ADDS: ToolHints = { ...READS, readOnlyHint: false, idempotentHint: false };

/** Replaces what was there. */
export const REPLACES: ToolHints = { ...READS, readOnlyHint: false, destructiveHint: true };

/** Marks something; a second call does no more. */
export const MARKS: ToolHints = { ...READS, readOnlyHint: false };
