import {
  type ListResourcesResult,
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type Variables,
} from "@modelcontextprotocol/server";
import { SekhaApiError, type SekhaClient } from "@sekha/sdk";
import { counted, NOTICE, quote, shownTime } from "./quoted-text.ts";
import { conversationUri, listResources, SUMMARY_LEVELS } from "./resource-list.ts";
import type { ServedMemory } from "./tool.ts";
import { guarded } from "./tool-failure.ts";
import { conversationText, readConversation } from "./tools/get-context-tool.ts";

const MARKDOWN = "text/markdown";
const COMPLETIONS = 50;
const FOLDER_LISTED = 100;
const SUMMARIES_LISTED = 30;

/** Conversations, folders and summaries, to read without a tool. */
export function registerResources(server: McpServer, memory: ServedMemory): void {
  registerConversations(server, memory);
  registerFolders(server, memory);
  registerSummaries(server, memory);
  // The SDK's own list knows no pages, and asks every template for everything.
  server.server.setRequestHandler(
    "resources/list",
    ({ params }): Promise<ListResourcesResult> =>
      guarded("resources/list", memory.logFailure, () =>
        listResources(memory.client, params?.cursor),
      ),
  );
}

function registerConversations(server: McpServer, memory: ServedMemory): void {
  const { client } = memory;
  const template = new ResourceTemplate("sekha://conversations/{id}", {
    list: undefined,
    complete: { id: (value) => completeConversation(client, value) },
  });
  server.registerResource(
    "conversation",
    template,
    {
      title: "Conversation",
      description: "A stored conversation, turn by turn.",
      mimeType: MARKDOWN,
    },
    (uri, { id }) =>
      reading(uri, memory, async () => {
        const input = { conversation_id: single(id), offset: 0 };
        const data = await readConversation(input, client);
        return conversationText(
          data,
          (offset) => `The rest: memory_get_context with offset ${offset}.`,
        );
      }),
  );
}

function registerFolders(server: McpServer, memory: ServedMemory): void {
  const { client } = memory;
  const template = new ResourceTemplate("sekha://folders/{+path}", {
    list: undefined,
    complete: {
      path: async (value) => {
        const { folders } = await client.folders();
        const wanted = value.replace(/^\//, "");
        return folders
          .map(({ name }) => name.slice(1))
          .filter((name) => name !== "" && name.startsWith(wanted))
          .slice(0, COMPLETIONS);
      },
    },
  });
  server.registerResource(
    "folder",
    template,
    {
      title: "Folder",
      description: "Conversations of a folder, newest first.",
      mimeType: MARKDOWN,
    },
    (uri, { path }) =>
      reading(uri, memory, async () => {
        const folder = `/${decodeURIComponent(single(path)).replace(/^\/+/, "")}`;
        const query = { folder, limit: FOLDER_LISTED, sort: "updated_at", order: "desc" } as const;
        const { conversations, total } = await client.conversations.list(query);
        if (total === 0) throw new ResourceNotFoundError(uri.href);
        return folderText(folder, { conversations, total });
      }),
  );
}

type Listed = Awaited<ReturnType<SekhaClient["conversations"]["list"]>>;

function folderText(
  folder: string,
  { conversations, total }: Pick<Listed, "conversations" | "total">,
) {
  const lines = conversations.map(
    (one) =>
      `- **${one.label}** · ${one.folder} · ${shownTime(one.updated_at)} · ${counted(one.message_count, "message")}\n  ${conversationUri(one.id)}`,
  );
  const more =
    total > conversations.length
      ? [
          `${total - conversations.length} older ones are not listed; memory_search with this folder finds them.`,
        ]
      : [];
  return [`# ${folder}: ${counted(total, "conversation")}`, NOTICE, lines.join("\n"), ...more].join(
    "\n\n",
  );
}

function registerSummaries(server: McpServer, memory: ServedMemory): void {
  const { client } = memory;
  const template = new ResourceTemplate("sekha://summaries/{level}", {
    list: undefined,
    complete: { level: (value) => SUMMARY_LEVELS.filter((level) => level.startsWith(value)) },
  });
  server.registerResource(
    "summaries",
    template,
    {
      title: "Summaries",
      description: "Stored summaries: daily, weekly or monthly.",
      mimeType: MARKDOWN,
    },
    (uri, { level: named }) =>
      reading(uri, memory, async () => {
        const level = SUMMARY_LEVELS.find((known) => known === single(named));
        if (level === undefined) throw new ResourceNotFoundError(uri.href);
        const { summaries } = await client.summaries.list({ level, limit: SUMMARIES_LISTED });
        if (summaries.length === 0) return `There are no ${level} summaries yet.`;
        const parts = summaries.map(
          ({ summary, range, conversation_id }) =>
            `## ${shownTime(range.from)} to ${shownTime(range.to)}${conversation_id === null ? "" : ` · ${conversationUri(conversation_id)}`}\n\n${quote(summary)}`,
        );
        return [NOTICE, ...parts].join("\n\n");
      }),
  );
}

function reading(uri: URL, { logFailure }: ServedMemory, text: () => Promise<string>) {
  return guarded("resources/read", logFailure, async () => {
    try {
      return { contents: [{ uri: uri.href, mimeType: MARKDOWN, text: await text() }] };
    } catch (error) {
      if (isUnknown(error)) throw new ResourceNotFoundError(uri.href);
      throw error;
    }
  });
}

/** Not there, or an address that cannot be of anything: no UUID, a broken escape. */
function isUnknown(error: unknown): boolean {
  if (error instanceof URIError) return true;
  return error instanceof SekhaApiError && [400, 404, 422].includes(error.status);
}

/** Ids that begin so, or of conversations whose label has these words. */
async function completeConversation(client: SekhaClient, value: string): Promise<string[]> {
  const isId = /^[0-9a-f-]{1,36}$/i.test(value);
  const { conversations } = await client.conversations.list({
    limit: COMPLETIONS,
    sort: "updated_at",
    order: "desc",
    ...(value === "" ? {} : isId ? { id_prefix: value } : { label_contains: value }),
  });
  return conversations.map(({ id }) => id);
}

/** A variable of a template that holds one value. */
function single(value: Variables[string] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}
