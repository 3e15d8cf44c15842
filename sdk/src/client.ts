import { BridgeClient } from "./bridge-client.ts";
import { ChatClient } from "./chat-client.ts";
import { type ConnectionOptions, connectTo } from "./connection.ts";
import { ContextClient } from "./context-client.ts";
import type { SearchRequest } from "./contract/search.ts";
import { ConversationsClient } from "./conversations-client.ts";
import { FactsClient } from "./facts-client.ts";
import { KeysClient } from "./keys-client.ts";
import { LabelsClient } from "./labels-client.ts";
import { MemoryClient } from "./memory-client.ts";
import { PruneClient } from "./prune-client.ts";
import type { Backup, ConversationFilters, ExportQuery, ImportQuery } from "./request-types.ts";
import type { AnswerOf, BodyOf } from "./route-table.ts";
import { SummariesClient } from "./summaries-client.ts";
import type { CallOptions, Transport, UploadBody } from "./transport.ts";
import { UsersClient } from "./users-client.ts";

export interface ClientOptions extends ConnectionOptions {
  /** Address of the controller, such as http://localhost:8080. */
  controllerURL: string;
  /** Address of the LLM bridge, such as http://localhost:5001; only `client.bridge` needs it. */
  bridgeURL?: string | undefined;
  /** Address of the proxy, such as http://localhost:8081; only `client.proxy` needs it. */
  proxyURL?: string | undefined;
  /** A key for the bridge of its own, where it has one. */
  bridgeApiKey?: string | undefined;
}

export interface ImportOptions extends CallOptions {
  /** True (default): resolves when everything is stored. False: with the job, once uploaded. */
  wait?: boolean;
  contentType?: string;
}

/**
 * What Sekha's services do, for Node and the browser. Methods reject with SekhaApiError when the
 * server refuses, SekhaConnectionError when it cannot be reached, SekhaTimeoutError when it is
 * silent, and with the signal's reason when the caller aborts.
 */
export class Client {
  readonly conversations: ConversationsClient;
  readonly context: ContextClient;
  readonly prune: PruneClient;
  readonly summaries: SummariesClient;
  readonly facts: FactsClient;
  readonly memory: MemoryClient;
  readonly keys: KeysClient;
  readonly labels: LabelsClient;
  readonly users: UsersClient;
  readonly #transport: Transport;
  readonly #bridge: BridgeClient | null;
  readonly #proxy: ChatClient | null;

  constructor(options: ClientOptions) {
    const { controllerURL, bridgeURL, proxyURL, bridgeApiKey, ...shared } = options;
    this.#transport = connectTo(controllerURL, shared);
    const toBridge = { ...shared, apiKey: bridgeApiKey ?? shared.apiKey };
    this.#bridge =
      bridgeURL === undefined ? null : new BridgeClient(connectTo(bridgeURL, toBridge));
    this.#proxy = proxyURL === undefined ? null : new ChatClient(connectTo(proxyURL, shared));
    this.conversations = new ConversationsClient(this.#transport, newIdempotencyKey);
    this.context = new ContextClient(this.#transport);
    this.prune = new PruneClient(this.#transport);
    this.summaries = new SummariesClient(this.#transport);
    this.facts = new FactsClient(this.#transport);
    this.memory = new MemoryClient(this.#transport);
    this.keys = new KeysClient(this.#transport);
    this.labels = new LabelsClient(this.#transport);
    this.users = new UsersClient(this.#transport);
  }

  /** Models, providers and money. Throws TypeError for a client without `bridgeURL`. */
  get bridge(): BridgeClient {
    if (this.#bridge !== null) return this.#bridge;
    throw new TypeError("Give the client a bridgeURL, such as http://localhost:5001.");
  }

  /** Chat with memory. Throws TypeError for a client without `proxyURL`. */
  get proxy(): ChatClient {
    if (this.#proxy !== null) return this.#proxy;
    throw new TypeError("Give the client a proxyURL, such as http://localhost:8081.");
  }

  /** Finds messages by meaning and by word. */
  search(request: SearchRequest, options?: CallOptions): Promise<AnswerOf<"search">> {
    return this.#transport.json({ name: "search", body: request, options });
  }

  /** Finds messages by word: AND, OR, NOT, "phrases", prefix*. */
  searchFullText(
    request: BodyOf<"searchFullText">,
    options?: CallOptions,
  ): Promise<AnswerOf<"searchFullText">> {
    return this.#transport.json({ name: "searchFullText", body: request, options });
  }

  folders(options?: CallOptions): Promise<AnswerOf<"listFolders">> {
    return this.#transport.json({ name: "listFolders", options });
  }

  tags(options?: CallOptions): Promise<AnswerOf<"listTags">> {
    return this.#transport.json({ name: "listTags", options });
  }

  stats(filters: ConversationFilters = {}, options?: CallOptions): Promise<AnswerOf<"stats">> {
    return this.#transport.json({ name: "stats", query: { ...filters }, options });
  }

  /** Queue, collections and failures of the embedding work. */
  embeddingsStatus(options?: CallOptions): Promise<AnswerOf<"embeddingsStatus">> {
    return this.#transport.json({ name: "embeddingsStatus", options });
  }

  /** Starts embedding again what has no vector of the current model; watch it with job(). */
  rebuildEmbeddings(
    request: NonNullable<BodyOf<"rebuildEmbeddings">> = {},
    options?: CallOptions,
  ): Promise<AnswerOf<"rebuildEmbeddings">> {
    return this.#transport.json({ name: "rebuildEmbeddings", body: request, options });
  }

  /** Tries messages again whose embedding was given up. */
  retryEmbeddings(options?: CallOptions): Promise<AnswerOf<"retryEmbeddings">> {
    return this.#transport.json({ name: "retryEmbeddings", options });
  }

  job(id: string, options?: CallOptions): Promise<AnswerOf<"getJob">> {
    return this.#transport.json({ name: "getJob", params: { id }, options });
  }

  /** The newest jobs. */
  jobs(options?: CallOptions): Promise<AnswerOf<"listJobs">> {
    return this.#transport.json({ name: "listJobs", options });
  }

  /** Uploads an export file or a ZIP. Has no time limit unless one is given; never repeated. */
  import(
    body: UploadBody,
    query: ImportQuery,
    options: ImportOptions & { wait: false },
  ): Promise<AnswerOf<"getJob">>;
  import(
    body: UploadBody,
    query?: ImportQuery,
    options?: ImportOptions & { wait?: true },
  ): Promise<AnswerOf<"import">>;
  import(
    body: UploadBody,
    query: ImportQuery = {},
    options: ImportOptions = {},
  ): Promise<AnswerOf<"import"> | AnswerOf<"getJob">> {
    const { wait = true, contentType = "application/octet-stream" } = options;
    return this.#transport.json({
      name: "import",
      query: { ...query, wait },
      upload: { body, contentType },
      options: { timeout: 0, ...options },
    });
  }

  /** Conversations as text, in pieces; leaving the loop early ends the export. */
  async *export(query: ExportQuery = {}, options?: CallOptions): AsyncGenerator<string> {
    const call = { name: "export", query: { ...query }, options } as const;
    const { chunks } = await this.#transport.bytes(call);
    const decoder = new TextDecoder();
    for await (const chunk of chunks) {
      const text = decoder.decode(chunk, { stream: true });
      if (text !== "") yield text;
    }
    const rest = decoder.decode();
    if (rest !== "") yield rest;
  }

  /** A consistent copy of the database, taken while it runs. */
  async backup(options?: CallOptions): Promise<Backup> {
    const { response, chunks } = await this.#transport.bytes({ name: "backup", options });
    const length = response.headers.get("content-length");
    return { size: length === null ? null : Number(length), stream: streamOf(chunks) };
  }

  /** How the server is; resolves also when it is unhealthy. */
  health(options?: CallOptions): Promise<AnswerOf<"health">> {
    return this.#transport.json({ name: "health", accepted: [503], options });
  }

  /** Counters and gauges by name; needs a key with the scope admin. */
  metrics(options?: CallOptions): Promise<Record<string, unknown>> {
    return this.#transport.json({ name: "metrics", options });
  }

  version(options?: CallOptions): Promise<AnswerOf<"version">> {
    return this.#transport.json({ name: "version", options });
  }

  /** Checks the text of a configuration file (YAML) without using it. */
  validateConfig(yaml: string, options?: CallOptions): Promise<AnswerOf<"validateConfig">> {
    const upload = { body: yaml, contentType: "application/yaml" };
    return this.#transport.json({ name: "validateConfig", upload, options });
  }
}

/** Not crypto.randomUUID: browsers have that only on secure origins. */
function newIdempotencyKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** ReadableStream.from is not in every browser. */
function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
