import { parseImport } from "../parse-import.ts";
import type { ParsedConversation, ParsedItem, Refusal } from "../parsed-import.ts";

export const NOW = Date.UTC(2026, 0, 1);

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

export async function* bytesOf(text: string | Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

export interface ParsedFile {
  conversations: ParsedConversation[];
  refusals: Refusal[];
  last: ParsedItem | undefined;
}

export async function parse(
  text: string | Uint8Array,
  options: { fileName?: string; folder?: string; chunk?: number } = {},
): Promise<ParsedFile> {
  const { fileName = "chat.bin", folder, chunk } = options;
  const items = await collect(
    parseImport(bytesOf(text, chunk), { fileName, folder, now: () => NOW }),
  );
  return {
    conversations: items.filter((item) => item.kind === "conversation"),
    refusals: items.filter((item) => item.kind === "refusal"),
    last: items.at(-1),
  };
}

/** The conversation of a file that holds exactly one and nothing bad. */
export async function parseOne(
  text: string | Uint8Array,
  fileName = "chat.bin",
): Promise<ParsedConversation> {
  const { conversations, refusals } = await parse(text, { fileName });
  const [first] = conversations;
  if (first === undefined || conversations.length > 1 || refusals.length > 0) {
    throw new Error(`expected one conversation: ${JSON.stringify({ conversations, refusals })}`);
  }
  return first;
}

export function turnsOf(parsed: ParsedConversation): [string, string][] {
  return parsed.draft.messages.map(({ role, content }) => [role, content]);
}

export interface NodeFixture {
  id: string;
  parent: string | null;
  role?: string;
  content?: unknown;
  more?: Record<string, unknown>;
}

/** One conversation as ChatGPT exports it. */
export function chatGpt(nodes: NodeFixture[], more: Record<string, unknown> = {}): string {
  const mapping = Object.fromEntries(
    nodes.map(({ id, parent, role, content, more: fields }) => {
      const message = { id, author: { role }, content, create_time: 1700000000.1239, ...fields };
      return [id, { id, parent, children: [], message: role === undefined ? null : message }];
    }),
  );
  const times = { create_time: 1.7e9, update_time: 1700000100.5 };
  return JSON.stringify({ title: "Trip", ...times, mapping, conversation_id: "c-1", ...more });
}

export function textContent(...parts: unknown[]): Record<string, unknown> {
  return { content_type: "text", parts };
}
