import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import type { SekhaClient } from "@sekha/sdk";
import { counted, cutText, NOTICE, quote, shownTime } from "./quoted-text.ts";
import { conversationUri } from "./resource-list.ts";

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 };
const MOST_CONVERSATIONS = 30;
/** Of these the last words are quoted too. */
const MOST_QUOTED = 10;
const QUOTED_CHARACTERS = 400;
const MOST_SUMMARIES = 14;

/** The task "tell me what happened since", with what the memory holds of that time. */
export async function catchUpText(client: SekhaClient, since: string): Promise<string> {
  const from = startOf(since);
  const [listed, { summaries }] = await Promise.all([
    client.conversations.list({
      since: from,
      limit: MOST_CONVERSATIONS,
      sort: "updated_at",
      order: "desc",
    }),
    client.summaries.list({ level: "daily", from, limit: MOST_SUMMARIES }),
  ]);
  const { conversations, total } = listed;
  if (total === 0)
    return `What happened since ${from}? The memory holds nothing of that time: say so.`;
  const entries = await Promise.all(
    conversations.map((one, index) => entryText(client, one, index < MOST_QUOTED)),
  );
  const ofDays = summaries
    .filter(({ conversation_id }) => conversation_id === null)
    .map(({ summary, range }) => `${shownTime(range.from).slice(0, 10)}:\n${quote(summary)}`);
  return [
    `What happened since ${from}? Tell me in short: what was decided, what is open, what comes next. Name the conversations; read more with memory_get_context where it matters.`,
    NOTICE,
    ...(ofDays.length === 0 ? [] : ["# Days", ...ofDays]),
    `# ${counted(total, "conversation")}, newest first`,
    ...entries,
    ...(total > conversations.length
      ? [`${total - conversations.length} older ones are not listed.`]
      : []),
  ].join("\n\n");
}

/** ISO 8601 of `3d`, `2w`, `12h`, or of a date. */
function startOf(since: string): string {
  const [, amount, unit = ""] = /^(\d{1,4})\s*([hdw])$/i.exec(since.trim()) ?? [];
  const hours = HOURS[unit.toLowerCase()];
  const time =
    amount === undefined || hours === undefined
      ? Date.parse(since)
      : Date.now() - Number(amount) * hours * 3_600_000;
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `since: "${since}" is no time. Use 12h, 3d, 2w, or a date such as 2026-01-25.`,
  );
}

type Conversation = Awaited<
  ReturnType<SekhaClient["conversations"]["list"]>
>["conversations"][number];

async function entryText(
  client: SekhaClient,
  { id, label, folder, updated_at, message_count }: Conversation,
  isQuoted: boolean,
): Promise<string> {
  const head = `**${label}** · ${folder} · ${shownTime(updated_at)} · ${counted(message_count, "message")} · ${conversationUri(id)}`;
  if (!isQuoted) return head;
  const offset = Math.max(0, message_count - 2);
  const { messages } = await client.conversations.messages(id, { limit: 2, offset });
  const last = messages.map(({ role, text }) =>
    quote(`${role}: ${cutText(text, QUOTED_CHARACTERS)}`),
  );
  return [head, ...last].join("\n");
}
