import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Answer } from "./answer.ts";
import { type Json, objectOf, textOf } from "./call.ts";
import { performanceOf, replacementFor, twistOf } from "./effects.ts";
import { type Endpoint, endpointFor, errorAnswer } from "./endpoints.ts";
import type { Fault, FaultMatch } from "./fault.ts";
import { type Performance, perform, performAtOnce } from "./performance.ts";
import { PlainAnswers } from "./plain-answers.ts";
import { now, type RecordedRequest, RecordedRequests } from "./recorded-requests.ts";
import { Script } from "./script.ts";
import { type ProviderOptions, type Setting, settingOf } from "./setting.ts";

/** A server that plays Ollama, OpenAI, Anthropic and OpenRouter, and any fault on command. */
export interface ScriptedProvider {
  /** `http://127.0.0.1:PORT`; OpenAI's base URL is `${origin}/v1`, OpenRouter's `${origin}/api/v1`. */
  readonly origin: string;
  /** The oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** One fault stays until clear(); a list is used up one a request. */
  script(fault: Fault | readonly Fault[], match?: FaultMatch): void;
  /** Forgets faults and requests, and listens again. */
  clear(): Promise<void>;
  /** Resolves once the requests are so. @throws Error after `timeoutMs`. */
  until(
    condition: (requests: readonly RecordedRequest[]) => boolean,
    timeoutMs?: number,
  ): Promise<void>;
  stop(): Promise<void>;
}

const POLL_MS = 2;

/** Answers the paths that control a provider from outside; false: not one of them. */
export type Control = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Starts a scripted provider on 127.0.0.1. */
export async function startScriptedProvider(
  options: ProviderOptions = {},
  control?: (provider: ScriptedProvider) => Control,
): Promise<ScriptedProvider> {
  const setting = settingOf(options);
  const script = new Script(() => performance.now());
  const records = new RecordedRequests(setting.keep);
  const exchange = exchangeWith({ setting, script, records });
  let controlled: Control | undefined;
  const door = new Door((request, response) => {
    if (controlled?.(request, response) !== true) exchange(request, response);
  });
  await door.open(options.port ?? 0);
  const provider: ScriptedProvider = {
    origin: `http://127.0.0.1:${door.port}`,
    requests: records.list,
    script: (fault, match) => {
      for (const one of [fault].flat() as Fault[]) if (one.kind === "refused") door.shut(one.ms);
      script.add(fault, match);
    },
    clear: async () => {
      script.clear();
      records.clear();
      await door.open(door.port);
    },
    until: (condition, timeoutMs = 5000) => until(() => condition(records.list), timeoutMs),
    stop: () => door.close(),
  };
  controlled = control?.(provider);
  return provider;
}

/** The listener, which can be shut and opened again on the same port. */
class Door {
  readonly #handle: (request: IncomingMessage, response: ServerResponse) => void;
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;
  port = 0;

  constructor(handle: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#handle = handle;
  }

  async open(port: number): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#server !== undefined) return;
    const server = createServer(this.#handle);
    this.#server = server;
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
  }

  shut(ms: number | undefined): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
    if (ms !== undefined) this.#timer = setTimeout(() => void this.open(this.port), ms);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const server = this.#server;
    this.shut(undefined);
    if (server?.listening) await once(server, "close");
  }
}

interface Parts {
  setting: Setting;
  script: Script;
  records: RecordedRequests;
}

function exchangeWith({ setting, script, records }: Parts) {
  const plain = new PlainAnswers();
  return (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("error", () => undefined);
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "GET", url = "/", headers } = request;
      const path = url.split("?", 1)[0] ?? url;
      const text = Buffer.concat(chunks).toString();
      const body = parsed(text);
      const endpoint = endpointFor(method, path, headers);
      const key = keyOf(request);
      const model = textOf(body?.model);
      const work = endpoint?.work ?? false;
      const fault = script.take({ path, model, key, work });
      const record = records.add({
        method,
        path,
        headers,
        body: body ?? {},
        key,
        fault: fault.kind,
      });
      watch(response, record);
      const wholePlay = (): Performance =>
        playOf({ endpoint, path, request, body, fault, key, setting });
      if (fault.kind === "none" && setting.tokenDelayMs === 0) {
        const cacheKey =
          body === null || !work
            ? undefined
            : `${path} ${key} ${headers["anthropic-version"]} ${text}`;
        performAtOnce(response, plain.of(cacheKey, wholePlay));
        return;
      }
      void perform(response, wholePlay());
    });
  };
}

function watch(response: ServerResponse, record: RecordedRequest): void {
  response.once("close", () => {
    if (response.writableFinished) record.endedAt = now();
    else record.closedAt = now();
  });
}

interface Play {
  endpoint: Endpoint | undefined;
  path: string;
  request: IncomingMessage;
  body: Json | null;
  fault: Fault;
  key: string | undefined;
  setting: Setting;
}

function playOf(play: Play): Performance {
  const { endpoint, fault, body, setting } = play;
  if (endpoint === undefined) return notFound(play.path);
  const { dialect } = endpoint;
  const model = textOf(body?.model);
  return performanceOf(answerOf(play, endpoint, model), fault, {
    dialect,
    model,
    tokenDelayMs: setting.tokenDelayMs,
  });
}

function answerOf(play: Play, endpoint: Endpoint, model: string): Answer {
  const { body, fault, setting, path, request } = play;
  const { dialect, work } = endpoint;
  if (dialect.name !== "ollama" && !allowed(play.key, setting.keys)) {
    return errorAnswer(dialect, "unauthorized", { model });
  }
  if (body === null) {
    return errorAnswer(dialect, "invalid_request", {
      model,
      message: "We could not parse the JSON body of your request.",
    });
  }
  const endsWithAssistant = dialect.readChat(body).endsWithAssistant;
  const replacement = replacementFor(fault, { dialect, model, endsWithAssistant });
  if (replacement !== undefined) return replacement;
  if (work && setting.models !== undefined && !setting.models.includes(model)) {
    return errorAnswer(dialect, "model_not_found", { model });
  }
  return endpoint.answer({
    path,
    headers: request.headers,
    body,
    setting,
    twist: twistOf(fault),
  });
}

function notFound(path: string): Performance {
  const data = JSON.stringify({ error: { message: `Invalid URL (${path})`, code: null } });
  return {
    status: 404,
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(data) },
    steps: [{ do: "write", data }],
  };
}

/** null: no JSON. */
function parsed(text: string): Json | null {
  if (text === "") return {};
  try {
    return objectOf(JSON.parse(text));
  } catch {
    // Answered with the provider's 400.
    return null;
  }
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  const own = headers["x-api-key"];
  if (typeof own === "string") return own;
  return /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
}

function allowed(key: string | undefined, keys: readonly string[]): boolean {
  return keys.length === 0 || (key !== undefined && keys.includes(key));
}

async function until(condition: () => boolean, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Not so within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
