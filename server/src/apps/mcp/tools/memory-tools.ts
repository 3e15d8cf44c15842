import type { MemoryToolName } from "@sekha/sdk/contract";
import type { MemoryTool, ToolContext } from "../tool.ts";
import { memoryAssemble } from "./assemble-tool.ts";
import { memoryPin, memoryUpdate } from "./change-tools.ts";
import { memoryExport } from "./export-tool.ts";
import { memoryGetContext } from "./get-context-tool.ts";
import { llmRouting, llmStatus } from "./llm-tools.ts";
import { memoryPrune } from "./prune-tool.ts";
import { memorySearch } from "./search-tool.ts";
import { memoryStats } from "./stats-tool.ts";
import { memoryAppend, memoryStore } from "./store-tools.ts";

/** Every tool, in the order in which it is listed. */
export const MEMORY_TOOLS: { readonly [Name in MemoryToolName]: MemoryTool<Name> } = {
  memory_search: memorySearch,
  memory_assemble: memoryAssemble,
  memory_get_context: memoryGetContext,
  memory_store: memoryStore,
  memory_append: memoryAppend,
  memory_update: memoryUpdate,
  memory_pin: memoryPin,
  memory_prune: memoryPrune,
  memory_export: memoryExport,
  memory_stats: memoryStats,
  llm_status: llmStatus,
  llm_routing: llmRouting,
};

export const MEMORY_TOOL_NAMES = Object.keys(MEMORY_TOOLS) as readonly MemoryToolName[];

/** A tool whose name is only known at run time. */
export interface AnyTool
  extends Pick<MemoryTool<MemoryToolName>, "title" | "description" | "hints" | "quotesStoredText"> {
  run(input: unknown, context: ToolContext): Promise<object>;
  text(data: object): string | string[];
  runInFull?(input: unknown, context: ToolContext): Promise<unknown>;
}

export function toolNamed(name: MemoryToolName): AnyTool {
  return MEMORY_TOOLS[name] as AnyTool;
}
