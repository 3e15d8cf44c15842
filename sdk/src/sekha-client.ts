import type { ChatChunk, ChatCompletion } from "./chat-client.ts";
import { Client, type ClientOptions } from "./client.ts";
import { connectTo } from "./connection.ts";
import { MemoryClient } from "./memory-client.ts";
import type { AnswerOf } from "./route-table.ts";
import { MCPClient } from "./v1/mcp-client.ts";
import { MemoryController } from "./v1/memory-controller.ts";
import type { FoundMessages } from "./v1/search-answers.ts";
import type {
  ContextOptions,
  MemoryOptions,
  NewMessages,
  ServicesHealth,
  StoreOptions,
} from "./v1/workflows.ts";
import * as workflows from "./v1/workflows.ts";

export interface SekhaClientOptions extends ClientOptions {
  /** A key for `client.mcp` of its own, where the controller has one (mcp_api_key). */
  mcpApiKey?: string | undefined;
  /** Version 1's name of `retries`. */
  maxRetries?: number | undefined;
}

/** The client of all of Sekha, with version 1's names and ways beside its own. */
export class SekhaClient extends Client {
  /** Version 1's client of the controller, by its names and arguments. */
  readonly controller: MemoryController;
  /** Version 1's client of the tools. */
  readonly mcp: MCPClient;

  constructor({ mcpApiKey, maxRetries, ...options }: SekhaClientOptions) {
    const retries = options.retries ?? maxRetries;
    super({ ...options, retries });
    this.controller = new MemoryController({ client: this });
    const ownKey = { ...options, retries, apiKey: mcpApiKey ?? options.apiKey };
    this.mcp = new MCPClient({
      tools: new MemoryClient(connectTo(options.controllerURL, ownKey)),
    });
  }

  /** Stores messages, waits until they can be found by meaning, and searches. */
  storeAndQuery(
    messages: NewMessages,
    query: string,
    options: StoreOptions & { limit?: number } = {},
  ): Promise<{ conversation: AnswerOf<"createConversation">; results: FoundMessages }> {
    return workflows.storeAndQuery(this, messages, { ...options, query });
  }

  /** Stores messages, and resolves when they can be found by meaning. */
  embedAndStore(
    messages: NewMessages,
    options?: StoreOptions,
  ): Promise<AnswerOf<"createConversation">> {
    return workflows.embedAndStore(this, messages, options);
  }

  /** The model's answer to a prompt, with what the memory knows about `contextQuery` beside it. */
  completeWithContext(
    prompt: string,
    contextQuery: string,
    options: ContextOptions = {},
  ): Promise<ChatCompletion> {
    return workflows.completeWithContext(this, prompt, { ...options, query: contextQuery });
  }

  /** As `completeWithContext`, as it comes; ends in an error when it is cut. */
  streamWithContext(
    prompt: string,
    contextQuery: string,
    options: ContextOptions = {},
  ): AsyncGenerator<ChatChunk> {
    return workflows.streamWithContext(this, prompt, { ...options, query: contextQuery });
  }

  /** The model's answer to a prompt, with the messages that `searchQuery` finds beside it. */
  completeWithMemory(
    prompt: string,
    searchQuery: string,
    options: MemoryOptions = {},
  ): Promise<ChatCompletion> {
    return workflows.completeWithMemory(this, prompt, { ...options, query: searchQuery });
  }

  /** State of the controller and the bridge; does not reject when they cannot be reached. */
  healthCheck(): Promise<ServicesHealth> {
    return workflows.healthCheck(this);
  }
}

export function createSekhaClient(options: SekhaClientOptions): SekhaClient {
  return new SekhaClient(options);
}
