import { Hono } from "hono";

export const ID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
export const OTHER_ID = "6f1c99aa-9a5d-4e0f-8b7a-1c2d3e4f5a6b";

export function conversation(change: Record<string, unknown> = {}) {
  const id = change.id ?? ID;
  return {
    ...{ id, conversation_id: id, label: "Spare keys", folder: "/home", status: "active" },
    ...{ pinned: false, archived: false, message_count: 2, word_count: 12, session_id: null },
    ...{ session_count: 1, importance_score: 5, importance_source: "default", tags: ["garden"] },
    ...{ metadata: {}, embedding_status: "embedded" },
    created_at: "2026-01-25T12:00:00.000Z",
    updated_at: "2026-01-25T12:00:00.000Z",
    ...change,
  };
}

export function hit(change: Record<string, unknown> = {}) {
  return {
    ...{ conversation_id: ID, message_id: ID, score: 0.82, content: "The spare key is there." },
    ...{ metadata: {}, label: "Spare keys", folder: "/home", role: "user", name: null },
    timestamp: "2026-01-25T12:00:00.000Z",
    position: 1,
    snippet: "The **spare key** is under the blue pot.",
    ...{ matched: ["words"], status: "active", pinned: false, importance_score: 5, tags: [] },
    ...change,
  };
}

const REPORT = {
  created: 1,
  extended: 0,
  unchanged: 0,
  messages: 2,
  refused: [],
  refused_total: 0,
};

export interface Seen {
  method: string;
  path: string;
  query: Record<string, string>;
  authorization: string | undefined;
  body: string;
}

/** What the API answers in these tests, and what it was asked. */
export class FakeMemory {
  readonly seen: Seen[] = [];
  conversations = [conversation()];
  hits = [hit()];
  health = { status: "healthy", version: "2.0.0", uptime_seconds: 61, timestamp: "", checks: {} };
  /** Answers of the embedding queue, one after another; the last one stays. */
  pending = [0];
  parked = 0;
  /** One import's outcome; an Error is answered as 422. */
  importReport: (name: string) => object = () => REPORT;
  /** States a job goes through. */
  jobStates: object[] = [];
  readonly app = new Hono();

  constructor() {
    this.app.use(async (context, next) => {
      const { method, url } = context.req;
      const { pathname: path, searchParams } = new URL(url);
      const query = Object.fromEntries(searchParams);
      const authorization = context.req.header("authorization");
      const body = method === "GET" ? "" : await context.req.raw.clone().text();
      this.seen.push({ method, path, query, authorization, body });
      await next();
    });
    this.app.onError((error, context) =>
      context.json(
        { error: error.message, code: 422, type: "validation_failed", request_id: "r" },
        422,
      ),
    );
    this.#reads();
    this.#transfers();
    this.#keys();
  }

  asked(path: string): Seen[] {
    return this.seen.filter((one) => one.path === path);
  }

  #reads(): void {
    const C = "/api/v1/conversations";
    this.app.get("/health", (context) =>
      context.json(this.health, this.health.status === "unhealthy" ? 503 : 200),
    );
    this.app.get("/api/v1/version", (context) => context.json({ version: "2.0.0" }));
    this.app.get("/api/v1/stats", (context) => context.json(this.#stats()));
    this.app.get("/api/v1/embeddings/status", (context) => context.json(this.#embeddings()));
    this.app.post("/api/v1/embeddings/retry", (context) =>
      context.json({ success: true, retried: this.parked }),
    );
    this.app.post("/api/v1/query", (context) => context.json(this.#found()));
    this.app.get(C, (context) => {
      const prefix = context.req.query("id_prefix") ?? "";
      const conversations = this.conversations.filter(({ id }) => String(id).startsWith(prefix));
      const total = conversations.length;
      return context.json({ conversations, results: [], total, page: 1, page_size: 20 });
    });
    this.app.get(`${C}/:id`, (context) => {
      const id = context.req.param("id");
      const found = this.conversations.find((one) => one.id === id);
      if (found !== undefined) return context.json({ ...found, messages: [] });
      return context.json({ error: "No such conversation.", type: "not_found", code: 404 }, 404);
    });
    this.app.get(`${C}/:id/messages`, (context) => {
      const message = { role: "user", name: null, timestamp: "2026-01-25T12:00:00.000Z" };
      const text = "Line one\n\u001b[31mred\u001b[0m";
      return context.json({ messages: [{ ...message, text }], total: 1, limit: 500, offset: 0 });
    });
  }

  #transfers(): void {
    this.app.post("/api/v1/import", (context) => {
      const answer = this.importReport(context.req.query("filename") ?? "");
      if (answer instanceof Error) throw answer;
      if (context.req.query("wait") !== "false") return context.json(answer);
      return context.json(this.#job(), 202);
    });
    this.app.get("/api/v1/jobs/:id", (context) => context.json(this.#job()));
    this.app.get("/api/v1/export", (context) => context.text('{"type":"conversation"}\n'));
    this.app.post("/api/v1/backup", (context) => {
      context.header("Content-Length", "6");
      return context.body("sqlite");
    });
  }

  #keys(): void {
    const key = {
      ...{ id: ID, name: "laptop", prefix: "sk-sekha-ab", revoked_at: null, last_used_at: null },
      ...{ user: "local", scopes: ["read", "write"], state: "works", expires_at: null },
      ...{ rotated_at: null, previous_until: null },
      created_at: "2026-01-25T12:00:00.000Z",
    };
    this.app.get("/api/v1/keys", (context) => context.json({ keys: [key] }));
    this.app.post("/api/v1/keys", (context) =>
      context.json({ ...key, key: "sk-sekha-secret" }, 201),
    );
    this.app.post("/api/v1/keys/:id/rotate", (context) =>
      context.json({ ...key, key: "sk-sekha-rotated", previous_until: key.created_at }),
    );
    this.app.delete("/api/v1/keys/:id", (context) => context.json(key));
    const user = { name: "ann", conversations: 7, keys: 1, last_used_at: null };
    this.app.get("/api/v1/users", (context) => context.json({ users: [user], total: 1 }));
    this.app.delete("/api/v1/users/:name", (context) =>
      context.json({ success: true, user: context.req.param("name"), conversations: 7, keys: 1 }),
    );
  }

  #job(): object {
    const base = { job_id: ID, kind: "import", error: null, detail: {}, state: "running" };
    const progress = { done: 1, total: 2, percent: 50 };
    const [next = { state: "done", detail: { report: REPORT } }] = this.jobStates;
    this.jobStates.shift();
    return { ...base, progress, ...next };
  }

  #embeddings(): object {
    const [pending = 0] = this.pending;
    if (this.pending.length > 1) this.pending.shift();
    return {
      model: { name: "all-MiniLM-L6-v2", id: "m", dimension: 384 },
      collection: "conversations_384",
      queue: { pending, processing: 0, parked: this.parked, oldest_pending_seconds: null },
      embedded: 2,
      failures: this.parked > 0 ? [{ message_id: ID, reason: "too odd", attempts: 5 }] : [],
      collections: [
        { name: "conversations_384", model: "m", dimension: 384, vectors: 2, messages: 2 },
      ],
    };
  }

  #found(): object {
    const { hits } = this;
    const conversations = [{ conversation: conversation(), score: 0.82, hits }];
    const page = { total: hits.length, page: 1, page_size: 10, took_ms: 3 };
    return { results: hits, conversations, ...page, mode: "hybrid", degraded: null };
  }

  #stats(): object {
    const names = [{ name: "/home", count: 1 }];
    return {
      ...{ total_conversations: 1, total_messages: 2, total_words: 12, average_importance: 5 },
      by_status: { active: 1, archived: 0, pinned: 0 },
      ...{ oldest_message: null, newest_message: null, folders: [], labels: [] },
      ...{ folder_counts: names, label_counts: [], tag_counts: [], success: true, data: {} },
    };
  }
}
