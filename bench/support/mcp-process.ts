import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The built program: what an editor starts. */
const BUILT = fileURLToPath(new URL("../../server/dist/main.js", import.meta.url));

interface Answer {
  id?: number;
  result?: { structuredContent?: Record<string, unknown>; isError?: boolean };
  error?: { message: string };
}

/** `sekha mcp` of the built program, spoken to over its standard input and output as an editor does. */
export class McpProcess {
  readonly #child;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #startedAt = performance.now();
  #id = 0;

  constructor(directory: string) {
    if (!existsSync(BUILT)) throw new Error("Build first: npm run build.");
    this.#child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", BUILT, "mcp"], {
      env: { PATH: process.env.PATH, HOME: directory, SEKHA_DATA_DIR: directory },
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface(this.#child.stdout).on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
  }

  /** Milliseconds since the process was started. */
  get age(): number {
    return performance.now() - this.#startedAt;
  }

  /** The handshake; resolves with the milliseconds from the start of the process to the first answer. */
  async initialize(): Promise<number> {
    const clientInfo = { name: "bench", version: "1" };
    await this.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo,
    });
    const age = this.age;
    this.#send({ method: "notifications/initialized" });
    return age;
  }

  async request(method: string, params: object = {}): Promise<NonNullable<Answer["result"]>> {
    this.#id += 1;
    const id = this.#id;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ id, method, params });
    const { result, error } = await answered;
    this.#waiting.delete(id);
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  }

  /** The tool's data; throws when it failed. */
  async call(name: string, args: object): Promise<Record<string, unknown>> {
    const result = await this.request("tools/call", { name, arguments: args });
    if (result.isError === true) throw new Error(`${name}: ${JSON.stringify(result)}`);
    return result.structuredContent ?? {};
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await once(this.#child, "close");
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }
}
