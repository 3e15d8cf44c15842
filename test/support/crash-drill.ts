import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { chatGptExport } from "./chatgpt-export.ts";
import { inspectDatabase, SOUND } from "./database-file.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { type RunningCommand, SekhaProcess, startCommand } from "./sekha-process.ts";
import { uniqueText, uniqueWordOf } from "./unique-text.ts";

interface Stored {
  conversationId: string;
  content: string;
}

/** Sent, and the answer never came: stored wholly or not at all. */
interface Unknown {
  contents: string[];
  /** With a key it can be sent again. */
  repeat: (() => Promise<Stored[]>) | null;
}

export interface DrillOptions {
  dataDirectory: string;
  random: SeededRandom;
  /** Milliseconds until the latest death of a round; bounds what is stored, and so embedded. */
  latestDeathMs: number;
  /** Most requests each client sends in a round, however fast the machine. */
  requestsPerClient: number;
  importedConversations: number;
}

const CLIENTS = 4;
const CHECKED_BY_SEARCH = 25;
const JSON_HEADERS = { "Content-Type": "application/json" };

/** Kills the server again and again, and knows what it must still have afterwards. */
export class CrashDrill {
  readonly #options: DrillOptions;
  #sekha: SekhaProcess | null = null;
  #command: RunningCommand | null = null;
  readonly #stored: Stored[] = [];
  readonly #imported: string[] = [];
  #unknown: Unknown[] = [];
  #interrupted = 0;
  #rounds = 0;

  constructor(options: DrillOptions) {
    this.#options = options;
    mkdirSync(options.dataDirectory, { recursive: true });
  }

  /** Conversations acknowledged one way or the other. */
  get acknowledged(): number {
    return this.#stored.length;
  }

  /** Requests whose answer a death kept back. */
  get interrupted(): number {
    return this.#interrupted;
  }

  /** Clients store, append and batch until the server is killed under them. */
  async killWhileStoring(): Promise<void> {
    const { random, latestDeathMs } = this.#options;
    const sekha = await this.#running();
    const clients = Array.from({ length: CLIENTS }, () => this.#store(sekha));
    await sleep(random.whole(0, latestDeathMs));
    await sekha.kill();
    await Promise.all(clients);
    await this.#recovered();
  }

  /** The server is killed while it imports a file that came through the API. */
  async killWhileImporting(): Promise<void> {
    const sekha = await this.#running();
    const { bytes, contents } = this.#exportFile();
    const wait = this.#options.random.next() < 0.5;
    const upload = sekha
      .fetch(`/api/v1/import?wait=${wait}`, { method: "POST", body: bytes })
      .catch(() => null);
    await sleep(this.#options.random.whole(5, 500));
    await sekha.kill();
    await upload;
    await this.#importedAgain(bytes, contents);
  }

  /** The server is killed while `sekha import` uses it. */
  async killServerUnderCommand(): Promise<void> {
    const sekha = await this.#running();
    const { bytes, contents, file } = this.#exportFile();
    this.#command = startCommand(["import", file, "--no-wait"], sekha.options);
    await sleep(this.#options.random.whole(500, 2500));
    await sekha.kill();
    await this.#command.exited;
    await this.#importedAgain(bytes, contents);
  }

  /** `sekha import` works on the directory by itself, and is killed. */
  async killCommandAlone(): Promise<void> {
    const sekha = await this.#running();
    await sekha.stop();
    const { bytes, contents, file } = this.#exportFile();
    this.#command = startCommand(["import", file, "--no-wait"], sekha.options);
    await sleep(this.#options.random.whole(800, 3000));
    await this.#command.kill();
    await this.#importedAgain(bytes, contents);
  }

  /** Everything acknowledged is found by meaning, and the file is sound. */
  async finish(): Promise<void> {
    const { random } = this.#options;
    const sekha = await this.#running();
    await sekha.embedded(300_000);
    await this.#expectEverythingOnce(sekha);
    for (let count = 0; count < CHECKED_BY_SEARCH; count += 1) {
      const stored = random.pick(this.#stored as [Stored, ...Stored[]]);
      const { results } = await sekha.client.search({
        query: stored.content.slice(0, 500),
        mode: "semantic",
      });
      expect(results.map((hit) => hit.conversation_id)).toContain(stored.conversationId);
    }
    const stats = await sekha.client.stats();
    expect(await sekha.stop()).toBe(0);
    expect(inspectDatabase(this.#options.dataDirectory)).toEqual({
      ...SOUND,
      conversations: stats.total_conversations,
      messages: stats.total_messages,
    });
  }

  async end(): Promise<void> {
    await Promise.all([this.#sekha?.kill(), this.#command?.kill()]);
  }

  async #running(): Promise<SekhaProcess> {
    this.#rounds += 1;
    if (this.#sekha === null || this.#sekha.ended) {
      this.#sekha = SekhaProcess.spawn({ dataDirectory: this.#options.dataDirectory });
      await this.#sekha.healthy();
    }
    return this.#sekha;
  }

  async #store(sekha: SekhaProcess): Promise<void> {
    for (let sent = 0; sent < this.#options.requestsPerClient && !sekha.ended; sent += 1) {
      const kind = this.#options.random.next();
      if (kind < 0.5) await this.#create(sekha);
      else if (kind < 0.75) await this.#createBatch(sekha);
      else await this.#append(sekha);
    }
  }

  #texts(most: number): string[] {
    const { random } = this.#options;
    return Array.from({ length: random.whole(1, most) }, () => uniqueText(random));
  }

  async #create(sekha: SekhaProcess): Promise<void> {
    const contents = this.#texts(4);
    const key = `drill-${this.#rounds}-${contents[0]?.slice(0, 24).replaceAll(/\W/g, "")}`;
    const send = async (to: SekhaProcess) => {
      const { id } = await posted(to, "/api/v1/conversations", {
        body: { messages: messagesOf(contents) },
        headers: { "Idempotency-Key": key },
      });
      return contents.map((content) => ({ conversationId: String(id), content }));
    };
    await this.#note({ contents, send: () => send(sekha) }, async () =>
      send(await this.#running()),
    );
  }

  async #createBatch(sekha: SekhaProcess): Promise<void> {
    const groups = Array.from({ length: 3 }, () => this.#texts(2));
    const send = async () => {
      const { conversations } = await posted(sekha, "/api/v1/conversations/batch", {
        body: { conversations: groups.map((group) => ({ messages: messagesOf(group) })) },
      });
      return groups.flatMap((group, index) =>
        group.map((content) => ({ conversationId: String(conversations[index].id), content })),
      );
    };
    await this.#note({ contents: groups.flat(), send }, null);
  }

  async #append(sekha: SekhaProcess): Promise<void> {
    const [first] = this.#stored;
    if (first === undefined) return this.#create(sekha);
    const { conversationId } = this.#options.random.pick(this.#stored as [Stored, ...Stored[]]);
    const contents = this.#texts(3);
    const send = async () => {
      await posted(sekha, `/api/v1/conversations/${conversationId}/messages`, {
        body: { messages: messagesOf(contents) },
      });
      return contents.map((content) => ({ conversationId, content }));
    };
    await this.#note({ contents, send }, null);
  }

  async #note(
    { contents, send }: { contents: string[]; send: () => Promise<Stored[]> },
    repeat: Unknown["repeat"],
  ): Promise<void> {
    try {
      this.#stored.push(...(await send()));
    } catch {
      // No answer: whether it was stored is open, and checked after the restart.
      this.#interrupted += 1;
      this.#unknown.push({ contents, repeat });
    }
  }

  /** After a death: what was acknowledged is there, what was not can be sent again. */
  async #recovered(): Promise<void> {
    const sekha = await this.#running();
    const found = await this.#expectEverythingOnce(sekha);
    for (const { contents } of this.#unknown) {
      const there = contents.filter((content) => found.has(content)).length;
      expect([0, contents.length], "stored wholly or not at all").toContain(there);
    }
    const unknown = this.#unknown;
    this.#unknown = [];
    for (const { repeat } of unknown) {
      if (repeat !== null) this.#stored.push(...(await repeat()));
    }
    await this.#expectEverythingOnce(sekha);
    await this.#expectFoundByWord(sekha);
  }

  async #importedAgain(bytes: Uint8Array<ArrayBuffer>, contents: string[]): Promise<void> {
    const sekha = await this.#running();
    await this.#expectEverythingOnce(sekha);
    const { jobs } = await sekha.client.jobs();
    expect(jobs.filter((job) => job.kind === "import" && job.state === "running")).toEqual([]);
    const report = await sekha.client.import(bytes);
    const { importedConversations } = this.#options;
    expect(report.created + report.extended + report.unchanged).toBe(importedConversations);
    expect(report.refused).toEqual([]);
    const again = await sekha.client.import(bytes);
    expect(again).toMatchObject({ created: 0, extended: 0, unchanged: importedConversations });
    this.#imported.push(...contents);
    await this.#expectEverythingOnce(sekha);
    await this.#expectFoundByWord(sekha);
  }

  /** Reads all there is: each acknowledged text is in its conversation, and no text is there twice. */
  async #expectEverythingOnce(sekha: SekhaProcess): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const twice: string[] = [];
    let text = "";
    for await (const piece of sekha.client.export({ format: "jsonl", status: "all" }))
      text += piece;
    for (const line of text.split("\n").filter((one) => one !== "")) {
      const conversation = JSON.parse(line) as { id: string; messages: { content: string }[] };
      for (const { content } of conversation.messages) {
        if (found.has(content)) twice.push(content);
        found.set(content, conversation.id);
      }
    }
    const lost = this.#stored.filter((one) => found.get(one.content) !== one.conversationId);
    const notImported = this.#imported.filter((content) => !found.has(content));
    expect({ lost, notImported, twice }).toEqual({ lost: [], notImported: [], twice: [] });
    const stats = await sekha.client.stats();
    expect(stats.total_messages).toBe(found.size);
    return found;
  }

  async #expectFoundByWord(sekha: SekhaProcess): Promise<void> {
    const { random } = this.#options;
    const all = [...this.#stored.map((one) => one.content), ...this.#imported];
    for (let count = 0; count < Math.min(CHECKED_BY_SEARCH, all.length); count += 1) {
      const content = random.pick(all as [string, ...string[]]);
      const { results, total } = await sekha.client.searchFullText({
        query: uniqueWordOf(content),
      });
      expect([total, results[0]?.text], content).toEqual([1, content]);
    }
  }

  #exportFile() {
    const { random, importedConversations, dataDirectory } = this.#options;
    const contents: string[] = [];
    const conversations = Array.from({ length: importedConversations }, (_, index) => {
      const texts = Array.from({ length: 4 }, () => uniqueText(random));
      contents.push(...texts);
      return { id: `drill-${this.#rounds}-${index}`, title: `Drill ${index}`, texts };
    });
    const bytes = new TextEncoder().encode(chatGptExport(conversations));
    const file = join(dataDirectory, "..", `export-${this.#rounds}.json`);
    writeFileSync(file, bytes);
    return { bytes, contents, file };
  }
}

function messagesOf(contents: string[]) {
  return contents.map((content, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content,
  }));
}

/** The answer to a POST; rejects unless it came whole and was a 201. */
async function posted(
  sekha: SekhaProcess,
  path: string,
  { body, headers }: { body: unknown; headers?: Record<string, string> },
  // biome-ignore lint/suspicious/noExplicitAny: what a client in any language sees, unchecked
): Promise<any> {
  const response = await sekha.fetch(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { ...JSON_HEADERS, ...headers },
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text);
}
