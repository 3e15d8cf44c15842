import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyScope } from "@sekha/sdk";
import { SekhaClient } from "@sekha/sdk";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../scripted-provider/scripted-provider.ts";
import { eventually, SekhaProcess } from "../sekha-process.ts";

const ADMIN_KEY = "test-key-of-the-administrator-0123456789";

/** Someone with a memory of his own. */
export interface Tenant {
  name: string;
  /** Stands in everything that is his, and nowhere else. */
  word: string;
  key: string;
  keyId: string;
  keyName: string;
  client: SekhaClient;
  /** Conversations that nobody else has. */
  conversations: string[];
  /** Messages of those. */
  messages: string[];
  /** Ids that another tenant has as well, for conversations of his own. */
  shared: string[];
  jobs: string[];
  /** The shared conversations as JSON Lines. */
  exported: string;
}

/** The program with a provider behind it, a bridge that needs a key, and people who share them. */
export class TenantWorld {
  readonly sekha: SekhaProcess;
  readonly admin: SekhaClient;
  readonly #folder: string;
  readonly #provider: ScriptedProvider;

  private constructor(sekha: SekhaProcess, folder: string, provider: ScriptedProvider) {
    this.sekha = sekha;
    this.#folder = folder;
    this.#provider = provider;
    this.admin = sekha.client;
  }

  static async start(): Promise<TenantWorld> {
    const folder = mkdtempSync(join(tmpdir(), "sekha-tenants-"));
    const provider = await startScriptedProvider({ dimension: 32 });
    const file = join(folder, "config.yaml");
    writeFileSync(file, configOf(provider.origin));
    const sekha = await SekhaProcess.start({
      dataDirectory: join(folder, "data"),
      environment: { SEKHA__CONFIG_FILE: file },
      apiKey: ADMIN_KEY,
    });
    return new TenantWorld(sekha, folder, provider);
  }

  async stop(): Promise<void> {
    await this.sekha.stop();
    await this.#provider.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  clientWith(apiKey: string): SekhaClient {
    const { url, bridgeUrl } = this.sekha;
    return new SekhaClient({ controllerURL: url, bridgeURL: bridgeUrl, apiKey, retries: 0 });
  }

  /** A key, made by the administrator. */
  async key(user: string, scopes: KeyScope[]): Promise<{ id: string; key: string; name: string }> {
    return this.admin.keys.create({ name: `${user} ${scopes.join(" ")}`, user, scopes });
  }

  /** A request with a key, or without one. */
  async ask(key: string | null, url: string, init: RequestInit = {}) {
    const headers = new Headers(init.headers);
    if (key !== null) headers.set("X-API-Key", key);
    const response = await fetch(url, { ...init, headers });
    return { status: response.status, text: await response.text() };
  }

  async tenant(name: string, word: string): Promise<Tenant> {
    const { id, key, name: keyName } = await this.key(name, ["read", "write"]);
    const client = this.clientWith(key);
    const none = { conversations: [], messages: [], shared: [], jobs: [], exported: "" };
    return { name, word, key, keyId: id, keyName, client, ...none };
  }

  /** Conversations whose ids the other tenant takes over, with words of his own. */
  async fillShared(tenant: Tenant, other: Tenant): Promise<void> {
    for (const title of ["First", "Second"]) {
      const body = { ...conversation(tenant.word, title), folder: "/both" };
      tenant.shared.push((await tenant.client.conversations.create(body)).id);
    }
    tenant.exported = await textOf(tenant.client.export({ status: "all" }));
    other.exported = tenant.exported.replaceAll(tenant.word, other.word);
    await other.client.import(other.exported);
    other.shared.push(...tenant.shared);
  }

  /** What is his alone: stored, archived, pinned, imported at once and as a job, and a call of a model. */
  async fillOwn(tenant: Tenant): Promise<void> {
    const { client, word, conversations } = tenant;
    const body = conversation(word, "Third");
    const idempotencyKey = `key of ${tenant.name}`;
    const made = await client.conversations.create(body, { idempotencyKey });
    const archived = await client.conversations.create(conversation(word, "Fourth"));
    await client.conversations.archive(archived.id);
    const pinned = await client.conversations.create(conversation(word, "Fifth"));
    await client.conversations.pin(pinned.id);
    conversations.push(made.id, archived.id, pinned.id);
    const { messages } = await client.conversations.get(made.id);
    tenant.messages.push(...messages.map(({ id }) => id));
    const text = `User: what about ${word}?\nAssistant: ${word} is fine.\n`;
    await client.import(text, { filename: "same.txt" });
    const again = `User: and ${word} again?\nAssistant: ${word} again.\n`;
    const { job_id: job } = await client.import(again, {}, { wait: false });
    tenant.jobs.push(job);
    await this.ask(tenant.key, `${this.sekha.bridgeUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        model: "llama3.1:8b",
        messages: [{ role: "user", content: `hello ${word}` }],
      }),
    });
  }

  /** Resolves when nothing of a tenant is under way. */
  async settled({ client, jobs }: Tenant): Promise<void> {
    const isDone = async () => {
      const { queue } = await client.embeddingsStatus();
      const states = await Promise.all(jobs.map((job) => client.job(job)));
      const waits = queue.pending + queue.processing > 0;
      return !waits && states.every(({ state }) => state === "done") ? true : undefined;
    };
    await eventually(isDone, { what: "a memory at rest", detail: () => this.sekha.output });
  }

  /** Everything of a tenant as he himself sees it, but when his keys were last used. */
  async snapshot({ client }: Tenant): Promise<object> {
    const { keys } = await client.keys.list();
    return {
      exported: await textOf(client.export({ status: "all" })),
      markdown: await textOf(client.export({ status: "all", format: "markdown" })),
      stats: await client.stats(),
      listed: await client.conversations.list({ status: "all", limit: 1000 }),
      keys: keys.map(({ last_used_at: _, ...key }) => key),
      embeddings: (await client.embeddingsStatus()).embedded,
      costs: (await client.bridge.costs({ by: "key" })).costs,
    };
  }
}

function conversation(word: string, title: string) {
  return {
    label: `Secret ${word}`,
    folder: `/private/${word}`,
    tags: [word, "both"],
    session_id: `session-${word}`,
    metadata: { title, note: word },
    messages: [
      { role: "user", content: `${title}: tell me more about ${word}.` },
      { role: "assistant", content: `About ${word}: it is best kept secret.` },
    ],
  };
}

async function textOf(chunks: AsyncIterable<string | Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  return text;
}

function configOf(origin: string): string {
  return `rest_api_key: ${ADMIN_KEY}
auth:
  bridge: key
rate_limit_per_minute: 0
llm_providers:
  - id: ollama_migrated
    provider_type: ollama
    base_url: ${origin}
    priority: 1
    models:
      - model_id: nomic-embed-text:latest
        task: embedding
        context_window: 8192
        dimension: 32
      - model_id: llama3.1:8b
        task: chat_small
        context_window: 128000
default_models:
  embedding: nomic-embed-text:latest
  chat_small: llama3.1:8b
`;
}
