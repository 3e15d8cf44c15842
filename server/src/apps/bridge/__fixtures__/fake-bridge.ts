import { Registry } from "prom-client";
import { type BridgeApp, type BridgeAppOptions, createBridgeApp } from "../bridge-app.ts";
import type { BridgeServices, Costs, Texts } from "../services.ts";
import { FAKE_NOW, FakeGateway, SERVED } from "./fake-gateway.ts";

export interface LogLine {
  level: string;
  fields: object;
  message: string;
}

/** The bridge on fakes, with what they were asked for. */
export interface FakeBridge {
  gateway: FakeGateway;
  app: BridgeApp;
  log: LogLine[];
  /** What the text tasks were asked. */
  asked: object[];
  /** As a program on this machine. */
  fetch(path: string, init?: RequestInit, peerAddress?: string): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

interface FakeChoices {
  options?: Partial<BridgeAppOptions>;
  services?: Partial<BridgeServices>;
}

export function fakeBridge({ options, services }: FakeChoices = {}): FakeBridge {
  const gateway = new FakeGateway();
  const log: LogLine[] = [];
  const asked: object[] = [];
  const app = createBridgeApp(
    { ...fakeServices(gateway, asked), ...services },
    { ...defaultOptions(log), ...options },
  );
  const fetch: FakeBridge["fetch"] = (path, init, peerAddress = "127.0.0.1") =>
    app.fetch(new Request(`http://localhost:5001${path}`, init), { peerAddress, injected: false });
  return {
    gateway,
    app,
    log,
    asked,
    fetch,
    post: (path, body, headers = {}) =>
      fetch(path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", ...headers },
      }),
  };
}

export const OPEN: BridgeAppOptions["authentication"] = {
  access: "loopback",
  keys: [],
  directory: {
    find: async () => null,
    any: async () => true,
    touch: async () => undefined,
    watch: () => undefined,
  },
  localOwner: "local",
  allowedHosts: [],
};

function defaultOptions(log: LogLine[]): BridgeAppOptions {
  const record = (level: string) => (fields: object, message: string) => {
    log.push({ level, fields, message });
  };
  return {
    authentication: OPEN,
    cors: { enabled: false, origins: [] },
    rateLimit: { perMinute: 0, trustProxy: false },
    bodyLimit: 10 * 1_048_576,
    version: "2.0.0",
    registry: new Registry(),
    processMetrics: false,
    logger: {
      debug: record("debug"),
      info: record("info"),
      warn: record("warn"),
      error: record("error"),
    },
  };
}

function fakeServices(gateway: FakeGateway, asked: object[]): BridgeServices {
  let ids = 0;
  return {
    gateway,
    tasks: fakeTasks(asked),
    costs: FAKE_COSTS,
    health: async () => ({ costs: { status: "ok" } }),
    clock: () => FAKE_NOW,
    newId: () => {
      ids += 1;
      return `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}`;
    },
  };
}

/** Notes what it is asked. */
function fakeTasks(asked: object[]): Texts {
  const account = { model: "gpt-4o", tokensUsed: 12 };
  const entities = { people: ["Ada"], organizations: [], technical_terms: [], concepts: [] };
  return {
    summarize: async (request) => {
      asked.push(request);
      return { summary: "A key.", ...account, method: "model", served: SERVED, cost: 7n };
    },
    extract: async (request) => {
      asked.push(request);
      const items = [{ text: "Ada", type: "person", confidence: 0.9 }];
      return { entities, items, ...account, method: "model" };
    },
    score: async (request) => {
      asked.push(request);
      return { score: 7, reasoning: "A key.", ...account, method: "rules" };
    },
    labels: async (request) => {
      asked.push(request);
      const labels = [{ label: "Garden", confidence: 0.9, reason: "Roses." }];
      return { labels, ...account, method: "model" };
    },
    facts: async (request) => {
      asked.push(request);
      const facts = [{ subject: "user", attribute: "rent", value: "950", source: 0 }];
      return { facts, ...account, method: "model" };
    },
  };
}

export const FAKE_COSTS: Costs = {
  report: async (_owner, { by }) => {
    const money = { cost: 0.0000525, exactCost: "0.0000525", nano: "52500" };
    const tokens = { promptTokens: 9, completionTokens: 2, cachedTokens: 0 };
    const group = by === "day" ? "2026-11-25" : "openai";
    const resetsAt = "2026-12-01T00:00:00.000Z";
    return {
      by,
      total: { ...money, requests: 2, unpriced: 1 },
      rows: [{ group, ...money, ...tokens, requests: 2, unpriced: 1 }],
      unpricedModels: ["strange"],
      budgets: [{ name: "month", key: undefined, limit: 5, spent: 1, left: 4, resetsAt }],
      complete: true,
    };
  },
};
