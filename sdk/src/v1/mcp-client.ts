import { type ConnectionOptions, connectTo } from "../connection.ts";
import type { MemoryToolName } from "../contract/memory-tools.ts";
import { MemoryClient, type ToolArguments, type ToolData } from "../memory-client.ts";

/** Version 1's options. */
export interface MCPClientConfig extends ConnectionOptions {
  baseURL: string;
  mcpApiKey?: string;
  maxRetries?: number;
}

/** The tool's data, and the same under `data` as the server wraps it: version 1's documents read both ways. */
type ToolAnswer<Name extends MemoryToolName> = ToolData<Name> & {
  success: true;
  data: ToolData<Name>;
};

/** Version 1's client of the tools by its names. New code has `client.memory`. */
export class MCPClient {
  readonly #tools: MemoryClient;

  constructor(config: MCPClientConfig | { tools: MemoryClient }) {
    this.#tools = "tools" in config ? config.tools : toolsOf(config);
  }

  memoryStore(request: ToolArguments<"memory_store">) {
    return this.#run("memory_store", request);
  }

  memorySearch(request: ToolArguments<"memory_search">) {
    return this.#run("memory_search", request);
  }

  /** Of one conversation: its id, or `{ conversation_id }`. */
  memoryGetContext(request: string | ToolArguments<"memory_get_context">) {
    const asked = typeof request === "string" ? { conversation_id: request } : request;
    return this.#run("memory_get_context", asked);
  }

  memoryUpdate(request: ToolArguments<"memory_update">) {
    return this.#run("memory_update", request);
  }

  memoryPrune(request: ToolArguments<"memory_prune"> = {}) {
    return this.#run("memory_prune", request);
  }

  memoryExport(request: ToolArguments<"memory_export">) {
    return this.#run("memory_export", request);
  }

  memoryStats(request: ToolArguments<"memory_stats"> = {}) {
    return this.#run("memory_stats", request);
  }

  async #run<Name extends MemoryToolName>(
    name: Name,
    args: ToolArguments<Name>,
  ): Promise<ToolAnswer<Name>> {
    const data = await this.#tools.call(name, args);
    return { ...(data as object), success: true, data } as ToolAnswer<Name>;
  }
}

export function createMCPClient(config: MCPClientConfig): MCPClient {
  return new MCPClient(config);
}

function toolsOf({ baseURL, mcpApiKey, maxRetries, ...connection }: MCPClientConfig): MemoryClient {
  const apiKey = mcpApiKey ?? connection.apiKey;
  const retries = maxRetries ?? connection.retries;
  return new MemoryClient(connectTo(baseURL, { ...connection, apiKey, retries }));
}
