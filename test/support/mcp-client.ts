import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  type CallToolResult,
  Client,
  type ClientOptions,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { PROGRAM_ENVIRONMENT } from "./program-environment.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const PINNED_NODE = join(REPOSITORY, "node_modules/.bin/node");
/** The pinned Node when it is installed, else the one that runs the tests. */
export const NODE = existsSync(PINNED_NODE) ? PINNED_NODE : process.execPath;
export const SEKHA = join(REPOSITORY, "server/bin/sekha.mjs");

/** Of 2025: what clients speak that know no newer one. Newest: they ask what the server speaks. */
export type Era = "2025" | "newest";

const OPTIONS: Record<Era, ClientOptions> = {
  2025: {},
  newest: { versionNegotiation: { mode: "auto" } },
};

/** The official client, connected to a URL. */
export async function mcpOverHttp(
  url: string,
  options: { era?: Era; apiKey?: string; fetch?: typeof fetch } = {},
): Promise<Client> {
  const { era = "2025", apiKey, fetch } = options;
  const headers = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
  const client = newClient(era);
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    ...(fetch === undefined ? {} : { fetch }),
  });
  await client.connect(transport);
  return client;
}

interface StdioClient {
  client: Client;
  /** What the program wrote beside the protocol. */
  errors(): string;
  pid(): number;
}

/** The official client over a `sekha mcp` that it starts. */
export async function mcpOverStdio(
  environment: Readonly<Record<string, string>>,
  options: { era?: Era; cwd?: string } = {},
): Promise<StdioClient> {
  const client = newClient(options.era ?? "2025");
  const transport = new StdioClientTransport({
    command: NODE,
    args: [SEKHA, "mcp"],
    env: { ...PROGRAM_ENVIRONMENT, ...environment },
    stderr: "pipe",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let errors = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  try {
    await client.connect(transport);
  } catch (error) {
    throw new Error(`sekha mcp did not answer:\n${errors}`, { cause: error });
  }
  return { client, errors: () => errors, pid: () => transport.pid ?? -1 };
}

function newClient(era: Era): Client {
  return new Client({ name: "sekha-tests", version: "1.0.0" }, OPTIONS[era]);
}

/** All text of an answer. */
export function textOf({ content }: CallToolResult): string {
  return content.map((one) => (one.type === "text" ? one.text : "")).join("\n");
}

/** Calls a tool that must succeed; its data. */
export async function call(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
  // biome-ignore lint/suspicious/noExplicitAny: what a client in any language sees, unchecked
): Promise<any> {
  const result = (await client.callTool({ name, arguments: args })) as CallToolResult;
  if (result.isError === true) throw new Error(`${name}: ${textOf(result)}`);
  return result.structuredContent;
}

/** Calls a tool that must fail; what it says. */
export async function failing(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const result = (await client.callTool({ name, arguments: args })) as CallToolResult;
  if (result.isError !== true) throw new Error(`${name} did not fail: ${textOf(result)}`);
  return textOf(result);
}
