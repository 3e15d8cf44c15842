import type { BridgeRequest } from "../bridge-target.ts";
import { createProxyApp, type ProxyApp, type ProxyAppOptions } from "../proxy-app.ts";
import type { ProxyServices } from "../services.ts";
import { FakeMemory } from "./fake-memory.ts";

/** A request as the bridge got it. */
export interface Forwarded {
  method: string;
  path: string;
  headers: Headers;
  /** As text, byte by byte. */
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a provider would see, unchecked
  json: any;
  request: BridgeRequest;
}

export interface FakeProxy {
  app: ProxyApp;
  memory: FakeMemory;
  forwarded: Forwarded[];
  /** What the bridge answers next; an empty chat completion at first. */
  answer: (request: BridgeRequest) => Response | Promise<Response>;
  fetch(path: string, init?: RequestInit, peerAddress?: string): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

interface FakeChoices {
  options?: Partial<ProxyAppOptions>;
  services?: Partial<ProxyServices>;
}

export const CHAT_ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Under the mat." },
      finish_reason: "stop",
    },
  ],
  sekha_metadata: {
    routing: { provider_id: "p", model_id: "gpt-4o", estimated_cost: 0, task: "chat_smart" },
  },
};

export const DEFAULTS = {
  recall: true,
  folder: "/auto-captured",
  excludedFolders: ["/private"],
  preferredLabels: ["Home"],
  contextBudget: 2000,
  chatModel: undefined,
  visionModel: undefined,
};

/** The proxy on fakes: a bridge that answers what it is told to, and a memory that notes what it is given. */
export function fakeProxy({ options, services }: FakeChoices = {}): FakeProxy {
  const memory = new FakeMemory();
  const forwarded: Forwarded[] = [];
  const proxy: Pick<FakeProxy, "answer"> = { answer: () => Response.json(CHAT_ANSWER) };
  const bridge: ProxyServices["bridge"] = {
    url: "http://bridge.test",
    fetch: async (request) => {
      const text = request.body === undefined ? "" : new TextDecoder().decode(request.body);
      const { method, path, headers } = request;
      forwarded.push({ method, path, headers, text, json: jsonOf(text), request });
      return proxy.answer(request);
    },
  };
  const app = createProxyApp(
    {
      bridge,
      memory,
      controller: {
        url: "http://controller.test",
        problem: async () => null,
      },
      look: async () => {
        throw new Error("Nothing is to be explained in this test");
      },
      clock: () => 1_800_000_000_000,
      newId: () => "00000000-0000-4000-8000-000000000001",
      ...services,
    },
    { ...defaultOptions(), ...options },
  );
  const fetch: FakeProxy["fetch"] = (path, init, peerAddress = "127.0.0.1") => {
    const request = new Request(`http://localhost:8081${path}`, init);
    return app.fetch(request, { peerAddress, injected: false, signal: request.signal });
  };
  return Object.assign(proxy, {
    app,
    memory,
    forwarded,
    fetch,
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(path, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "Content-Type": "application/json", ...headers },
      }),
  });
}

/** A streamed answer, cut where the pieces end. */
export function streamAnswer(pieces: readonly string[], type = "text/event-stream"): Response {
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  return byteAnswer(bytes, type);
}

export function byteAnswer(pieces: Iterable<Uint8Array>, type = "text/event-stream"): Response {
  const rest = pieces[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = rest.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
  });
  return new Response(body, { headers: { "Content-Type": type } });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is seen as text.
    return undefined;
  }
}

function defaultOptions(): ProxyAppOptions {
  const silent = () => undefined;
  return {
    authentication: {
      keys: [],
      directory: {
        find: async () => null,
        any: async () => false,
        touch: async () => undefined,
        watch: () => undefined,
      },
      required: false,
      localOwner: "local",
      allowedHosts: [],
    },
    cors: { enabled: false, origins: [] },
    rateLimit: { perMinute: 0, trustProxy: false },
    bodyLimit: 1_048_576,
    timeoutMs: 5000,
    defaults: DEFAULTS,
    version: "2.0.0",
    processMetrics: false,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  };
}
