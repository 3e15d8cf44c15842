import type { SekhaProcess } from "./sekha-process.ts";

/** All conversations with all their messages, without what embedding changes, by id. */
export async function contentOf({ client }: SekhaProcess): Promise<Map<string, unknown>> {
  const content = new Map<string, unknown>();
  for (let page = 1; ; page += 1) {
    const { conversations } = await client.conversations.list({ page, status: "all" });
    for (const { id } of conversations) {
      const { embedding_status: _, messages, ...rest } = await client.conversations.get(id);
      const said = messages.map(({ embedding_status, embedding_id, ...message }) => message);
      content.set(id, { ...rest, messages: said });
    }
    if (conversations.length === 0) return content;
  }
}
