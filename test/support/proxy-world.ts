import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { type Json, listOf, textOf } from "./scripted-provider/call.ts";
import type { RecordedRequest } from "./scripted-provider/recorded-requests.ts";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "./scripted-provider/scripted-provider.ts";
import { eventually, SekhaProcess } from "./sekha-process.ts";

/** Types that go over HTTP; the model of each is `chat-TYPE`. */
export const PROVIDER_TYPES = ["openai", "anthropic", "openrouter", "litellm", "ollama"] as const;
export type RemoteType = (typeof PROVIDER_TYPES)[number];

const PATHS: Record<RemoteType, string> = {
  openai: "/v1",
  anthropic: "",
  openrouter: "/api/v1",
  litellm: "/v1",
  ollama: "",
};

/** What the providers ask for; no client ever knows it. */
export const PROVIDER_KEY = "key-of-the-provider";

/** The whole program with a scripted server as every provider, and the official clients of its proxy. */
export interface ProxyWorld {
  sekha: SekhaProcess;
  provider: ScriptedProvider;
  folder: string;
  openai: OpenAI;
  anthropic: Anthropic;
  ollama: Ollama;
  /** The last chat request as a provider got it. */
  sent(): SentPrompt;
  stop(): Promise<void>;
}

export async function startProxyWorld(
  environment: Record<string, string> = {},
): Promise<ProxyWorld> {
  const folder = mkdtempSync(join(tmpdir(), "sekha-proxy-"));
  const provider = await startScriptedProvider({ keys: [PROVIDER_KEY] });
  writeFileSync(join(folder, "config.yaml"), providersYaml(provider.origin));
  const sekha = await SekhaProcess.start({
    dataDirectory: join(folder, "data"),
    environment: {
      SEKHA__CONFIG_FILE: join(folder, "config.yaml"),
      // Busy machines may take longer than people would wait.
      SEKHA__PROXY__MEMORY_TIMEOUT_MS: "10000",
      ...environment,
    },
  });
  return {
    ...clientsOf(sekha.proxyUrl),
    ...{ sekha, provider, folder },
    sent: () => promptOf(provider.requests.filter(isChat).at(-1)),
    stop: async () => {
      await sekha.stop();
      await provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The official clients, pointed at a proxy and never told of anything else. */
export function clientsOf(url: string): Pick<ProxyWorld, "openai" | "anthropic" | "ollama"> {
  const options = { apiKey: "not-needed", maxRetries: 0 };
  return {
    openai: new OpenAI({ ...options, baseURL: `${url}/v1` }),
    anthropic: new Anthropic({ ...options, baseURL: url }),
    ollama: new Ollama({ host: url }),
  };
}

export function providersYaml(origin: string): string {
  const providers = PROVIDER_TYPES.map(
    (type) => `  - id: the-${type}
    provider_type: ${type}
    base_url: ${origin}${PATHS[type]}
    api_key: ${PROVIDER_KEY}
    free: true
    models:
      - {model_id: chat-${type}, task: [chat_smart, vision], context_window: 128000, supports_vision: true}
`,
  );
  return `llm_providers:\n${providers.join("")}`;
}

/** Stores a conversation and waits until it can be found by meaning. */
export async function remember(
  sekha: SekhaProcess,
  conversation: { label?: string; folder?: string; messages: { role: string; content: string }[] },
): Promise<string> {
  const { status, body } = await sekha.json(
    "POST",
    "/api/v1/conversations?wait=true",
    conversation,
  );
  if (status !== 201) throw new Error(`Not stored: ${JSON.stringify(body)}`);
  return body.id as string;
}

/** All conversations of a folder, with their messages, once so many messages are there. */
export async function stored(
  sekha: SekhaProcess,
  folder: string,
  messages: number,
): Promise<
  { id: string; label: string; messages: { role: string; content: string; metadata: Json }[] }[]
> {
  const look = async () => {
    const list = await sekha.json("GET", `/api/v1/conversations?folder=${folder}&page_size=100`);
    const ids = (list.body.conversations as { id: string }[]).map(({ id }) => id);
    const found = await Promise.all(
      ids.map(async (id) => (await sekha.json("GET", `/api/v1/conversations/${id}`)).body),
    );
    const count = found.reduce((sum, one) => sum + one.messages.length, 0);
    return count >= messages ? found : undefined;
  };
  return eventually(look, { what: `${messages} messages in ${folder}`, timeoutMs: 15_000 });
}

/** A prompt of any provider's format, as texts. */
export interface SentPrompt {
  path: string;
  headers: Json;
  system: string;
  turns: { role: string; text: string }[];
  /** Text of the last user turn. */
  asked: string;
  body: Json;
}

function isChat({ path }: RecordedRequest): boolean {
  return /chat|messages$/.test(path);
}

export function promptOf(request: RecordedRequest | undefined): SentPrompt {
  if (request === undefined) throw new Error("No provider was asked");
  const { path, headers, body } = request;
  const turns = listOf(body.messages).map(({ role, content }) => ({
    role: textOf(role),
    text: contentText(content),
  }));
  const system = turns.find(({ role }) => role === "system")?.text ?? contentText(body.system);
  const asked = turns.findLast(({ role }) => role === "user")?.text ?? "";
  return { path, headers, system, turns, asked, body };
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return listOf(content)
    .map(({ text }) => textOf(text))
    .filter((text) => text !== "")
    .join("\n\n");
}

export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
