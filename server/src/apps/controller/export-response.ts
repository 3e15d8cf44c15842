import type { ExportQuery } from "@sekha/sdk/contract";
import type { ConversationFilter } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import { prefersJson } from "../../http/content-negotiation.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import type { RouteCall } from "../../http/route-binding.ts";
import { jsonArrayText, wrappedInJson } from "./export-text.ts";
import { conversationFilterFromWire } from "./filter-mapping.ts";
import type { ControllerServices, ExportFormat } from "./services.ts";

interface ExportPlan {
  /** As the answer names it. */
  name: "jsonl" | "json" | "markdown";
  /** What is read from the store. */
  source: ExportFormat;
  /** `{format, content, count}` around the text, for clients that read only JSON. */
  wrapped: boolean;
}

const CONTENT_TYPE = {
  jsonl: "application/x-ndjson",
  json: "application/json",
  markdown: "text/markdown; charset=utf-8",
} as const;
const EXTENSION = { jsonl: "jsonl", json: "json", markdown: "md" } as const;

/** Streams an export; a caller that stops reading stops the reading of the store. */
export async function exportResponse(
  { store, transfer, clock }: ControllerServices,
  query: ExportQuery,
  { owner, request }: RouteCall,
): Promise<Response> {
  const filter = await filterOf(query, (id) => store.get(owner, id));
  const plan = planOf(query, request);
  const source = transfer.exportStream({ owner, filter, format: plan.source });
  const text = plan.name === "json" ? jsonArrayText(source) : source;
  const content = plan.wrapped
    ? wrappedInJson(text, { format: plan.name, count: (await store.counts(owner, filter)).count })
    : text;
  const day = new Date(clock()).toISOString().slice(0, 10);
  const extension = plan.wrapped ? "json" : EXTENSION[plan.name];
  return new Response(await streamOf(content), {
    headers: {
      "Content-Type": plan.wrapped ? CONTENT_TYPE.json : CONTENT_TYPE[plan.name],
      "Content-Disposition": `attachment; filename="sekha-export-${day}.${extension}"`,
    },
  });
}

/** One conversation by id, checked first: a stream that has begun cannot answer 404. */
async function filterOf(
  query: ExportQuery,
  requireConversation: (id: string) => Promise<unknown>,
): Promise<ConversationFilter> {
  const filter = conversationFilterFromWire(query);
  if (query.conversation_id === undefined) return filter;
  const id = query.conversation_id.toLowerCase();
  if (!/^[0-9a-f-]{36}$/.test(id)) {
    throw new SekhaError("not_found", "There is no conversation with this conversation_id.");
  }
  await requireConversation(id);
  return { ...filter, ids: [id] };
}

function planOf({ format }: ExportQuery, request: HttpRequest): ExportPlan {
  const wrapped = format === "json" || prefersJson(request);
  if (format === "markdown" || format === "md") {
    return { name: "markdown", source: "markdown", wrapped };
  }
  return { name: wrapped && format !== "jsonl" ? "json" : "jsonl", source: "jsonl", wrapped };
}

/** Pulls as the reader takes; the first piece before the answer begins, so that its error shows. */
async function streamOf(text: AsyncIterable<string>): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  const iterator = text[Symbol.asyncIterator]();
  let next: IteratorResult<string> | undefined = await iterator.next();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = next ?? (await iterator.next());
        next = undefined;
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
