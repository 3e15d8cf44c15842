import { SekhaClient } from "@sekha/sdk";

export interface StoredMessage {
  id: string;
  role: string;
  text: string;
  metadata: object;
}

interface StoredConversation {
  id: string;
  folder: string;
  archived: boolean;
  metadata: object;
  messages: StoredMessage[];
}

/** What the next requests meet. `lost`: it is done, but the answer never arrives. `small`: images are too large for it. */
export type Weather = "fine" | "down" | "lost" | "slow" | "refuses" | "broken" | "small";

interface Body {
  chosen_id?: string;
  folder?: string;
  metadata?: object;
  messages?: {
    chosen_id: string;
    role: string;
    content: string | { text?: string }[];
    metadata: object;
  }[];
}

const TIME = "2026-01-25T20:30:00.000Z";

/** The controller's routes that the proxy's memory asks, in memory, for one owner. */
export class FakeController {
  readonly conversations = new Map<string, StoredConversation>();
  readonly assemblies: Record<string, unknown>[] = [];
  weather: Weather = "fine";
  /** Of a body. */
  mostBytes = Number.POSITIVE_INFINITY;
  /** What is recalled for a query; "" for nothing. */
  recall: (query: string) => { text: string; tokens: number; cited?: string[] } = () => ({
    text: "",
    tokens: 0,
  });
  readonly client = new SekhaClient({
    controllerURL: "http://controller.test",
    retries: 0,
    fetch: (request) => this.#fetch(request),
  });

  texts(id: string): string[] {
    return (
      this.conversations.get(id)?.messages.map((message) => `${message.role}: ${message.text}`) ??
      []
    );
  }

  add(id: string, folder = "/"): StoredConversation {
    const conversation = { id, folder, archived: false, metadata: {}, messages: [] };
    this.conversations.set(id, conversation);
    return conversation;
  }

  async #fetch(request: Request): Promise<Response> {
    const { weather } = this;
    if (weather === "down")
      throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
    if (weather === "slow") await silence(request.signal);
    const url = new URL(request.url);
    const body: Body = request.method === "POST" ? ((await request.json()) as Body) : {};
    if (JSON.stringify(body).length > this.mostBytes) return failure(413, "payload_too_large");
    if (weather === "broken") return failure(500, "internal");
    if (weather === "refuses") return failure(422, "validation_failed");
    if (weather === "small" && JSON.stringify(body).includes("image_url")) {
      return failure(413, "payload_too_large");
    }
    const response = this.#answer(request.method, url, body);
    if (weather === "lost") throw new TypeError("terminated");
    return response;
  }

  #answer(method: string, url: URL, body: Body): Response {
    const [, id] = /\/conversations\/([^/]+)\/messages$/.exec(url.pathname) ?? [];
    if (url.pathname.endsWith("/context/assemble")) return this.#assemble(body as never);
    if (id !== undefined)
      return method === "GET" ? this.#messages(id, url) : this.#append(id, body);
    return method === "GET" ? this.#list(url) : this.#create(body);
  }

  #create(body: Body): Response {
    const id = body.chosen_id ?? crypto.randomUUID();
    if (this.conversations.has(id)) return failure(409, "conflict");
    const { metadata = {}, folder = "/" } = body;
    this.conversations.set(id, { id, folder, metadata, archived: false, messages: [] });
    this.#append(id, body);
    return Response.json({ id }, { status: 201 });
  }

  #append(id: string, { messages = [] }: Body): Response {
    const conversation = this.conversations.get(id);
    if (conversation === undefined) return failure(404, "not_found");
    for (const { chosen_id, role, content, metadata } of messages) {
      if (conversation.messages.some((message) => message.id === chosen_id)) continue;
      const text =
        typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
      conversation.messages.push({ id: chosen_id, role, text, metadata });
    }
    return Response.json({ id }, { status: 201 });
  }

  #messages(id: string, url: URL): Response {
    const all = this.conversations.get(id)?.messages;
    if (all === undefined) return failure(404, "not_found");
    const offset = Number(url.searchParams.get("offset") ?? 0);
    const limit = Number(url.searchParams.get("limit"));
    return Response.json({ messages: all.slice(offset, offset + limit), total: all.length });
  }

  #list(url: URL): Response {
    const ids = url.searchParams.getAll("ids").flatMap((one) => one.split(","));
    const conversations = ids.flatMap((id) => this.conversations.get(id) ?? []);
    return Response.json({ conversations });
  }

  #assemble(body: { query: string }): Response {
    this.assemblies.push(body);
    const { text, tokens, cited = [] } = this.recall(body.query);
    const citations = cited.map((id) => ({
      label: "L",
      folder: this.conversations.get(id)?.folder ?? "/",
      timestamp: TIME,
      conversation_id: id,
      message_id: `message of ${id}`,
    }));
    return Response.json({
      assembled_context: text,
      tokens_used: tokens,
      citations,
      degraded: null,
    });
  }
}

function failure(status: number, type: string): Response {
  return Response.json(
    { error: `It is ${type}.`, code: status, type, request_id: "r" },
    { status },
  );
}

function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
