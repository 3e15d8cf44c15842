import {
  type ListResourcesResult,
  ProtocolError,
  ProtocolErrorCode,
} from "@modelcontextprotocol/server";
import type { SekhaClient } from "@sekha/sdk";
import { counted, shownTime } from "./quoted-text.ts";

export const SUMMARY_LEVELS = ["daily", "weekly", "monthly"] as const;

const PAGE = 100;
const MOST_FOLDERS = 100;
const MARKDOWN = "text/markdown";

type Listed = ListResourcesResult["resources"][number];

export function conversationUri(id: string): string {
  return `sekha://conversations/${id}`;
}

export function folderUri(folder: string): string {
  return `sekha://folders/${folder.split("/").filter(Boolean).map(encodeURIComponent).join("/")}`;
}

/** Summaries and folders first, then conversations, newest first, in pages. */
export async function listResources(
  client: SekhaClient,
  cursor: string | undefined,
): Promise<ListResourcesResult> {
  const offset = offsetOf(cursor);
  const query = { limit: PAGE, offset, sort: "updated_at", order: "desc" } as const;
  const { conversations, total } = await client.conversations.list(query);
  const end = offset + conversations.length;
  return {
    resources: [
      ...(offset === 0 ? [...summaries(), ...(await folders(client))] : []),
      ...conversations.map(listedConversation),
    ],
    ...(end < total && conversations.length > 0 ? { nextCursor: String(end) } : {}),
  };
}

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,7}$/.test(cursor)) return Number(cursor);
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    "This cursor is not one of this server's. Leave it out to begin again.",
  );
}

function summaries(): Listed[] {
  return SUMMARY_LEVELS.map((level) => ({
    uri: `sekha://summaries/${level}`,
    name: `${level}-summaries`,
    title: `${level[0]?.toUpperCase()}${level.slice(1)} summaries`,
    mimeType: MARKDOWN,
  }));
}

/** Those with the most conversations; the root is the list itself. */
async function folders(client: SekhaClient): Promise<Listed[]> {
  const { folders: all } = await client.folders();
  return all
    .filter(({ name }) => name !== "/")
    .slice(0, MOST_FOLDERS)
    .map(({ name, count }) => ({
      uri: folderUri(name),
      name,
      title: `Folder ${name}`,
      description: counted(count, "conversation"),
      mimeType: MARKDOWN,
    }));
}

type Conversation = Awaited<
  ReturnType<SekhaClient["conversations"]["list"]>
>["conversations"][number];

function listedConversation({
  id,
  label,
  folder,
  message_count,
  updated_at,
}: Conversation): Listed {
  return {
    uri: conversationUri(id),
    name: label,
    title: label,
    description: `${folder} · ${counted(message_count, "message")} · ${shownTime(updated_at)}`,
    mimeType: MARKDOWN,
    annotations: { lastModified: updated_at },
  };
}
