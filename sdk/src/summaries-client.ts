import type { Time } from "./request-types.ts";
import type { AnswerOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

export interface SummariesQuery {
  level?: "daily" | "weekly" | "monthly";
  conversation_id?: string;
  /** Those that end then or later. */
  from?: Time;
  /** Those that begin then or earlier. */
  to?: Time;
  limit?: number;
  offset?: number;
}

/** `client.summaries`: conversations, days, weeks and months in some sentences. */
export class SummariesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Of one conversation; `daily` when no level is named. A long one and a slow model may need a longer timeout. */
  create(
    conversationId: string,
    { level, ...options }: CallOptions & { level?: SummariesQuery["level"] } = {},
  ): Promise<AnswerOf<"summarizeConversation">> {
    const body = { conversation_id: conversationId, level: level ?? "daily" };
    return this.#transport.json({ name: "summarizeConversation", body, options });
  }

  /** What is stored, latest first. */
  list(query: SummariesQuery = {}, options?: CallOptions): Promise<AnswerOf<"listSummaries">> {
    return this.#transport.json({ name: "listSummaries", query: { ...query }, options });
  }
}
