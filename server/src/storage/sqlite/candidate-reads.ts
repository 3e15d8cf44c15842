import type { MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type {
  CandidateMessage,
  CandidateRequest,
  MessageBrief,
} from "../../core/ports/message-index.ts";
import { createTextReader } from "../../core/search/text-evidence.ts";
import type { Connection } from "./connection.ts";
import { type BriefColumns, briefOf, messageBriefs } from "./message-reads.ts";

/** A neighbour stands in the hit's conversation, so only its own fields can fail the filter. */
function passes(brief: MessageBrief, { roles, since, until }: MessageFilter): boolean {
  return (
    (roles === undefined || roles.includes(brief.role)) &&
    (since === undefined || brief.timestamp >= since) &&
    (until === undefined || brief.timestamp <= until)
  );
}

/** The hits that hold good and the turns around them, each once. */
export function candidateMessages(
  connection: Connection,
  owner: Owner,
  request: CandidateRequest,
): CandidateMessage[] {
  const { hits, withText, expand, radius, filter } = request;
  const valid = messageBriefs(connection, owner, { messages: hits, filter });
  const expanded = new Set(expand);
  const messages = valid.map((brief) => brief.message).filter((number) => expanded.has(number));
  const candidates = new Map<number, CandidateMessage>();
  for (const brief of [...valid, ...around(connection, owner, { messages, radius })]) {
    if (passes(brief, filter)) candidates.set(brief.message, { ...brief, text: null });
  }
  const texts = withText.filter((number) => candidates.has(number));
  if (texts.length > 0) addTexts(connection, candidates, { texts, counting: request.counting });
  return [...candidates.values()];
}

const AROUND = `
SELECT n.seq, n.conversation_seq, n.position, n.role, n.name, n.timestamp, n.text_length
FROM json_each(?1) ids
CROSS JOIN messages m ON m.seq = ids.value AND m.owner = ?2
CROSS JOIN messages n ON n.conversation_seq = m.conversation_seq
  AND n.position BETWEEN m.position - ?3 AND m.position + ?3`;

/** The messages themselves too, and what stands between two of them twice. */
function around(
  connection: Connection,
  owner: Owner,
  { messages, radius }: { messages: readonly number[]; radius: number },
): MessageBrief[] {
  if (messages.length === 0) return [];
  return connection
    .tuples<BriefColumns>(AROUND, [JSON.stringify(messages), owner, radius])
    .map(briefOf);
}

/** The owner was asked already: these are candidates. */
function addTexts(
  connection: Connection,
  candidates: Map<number, CandidateMessage>,
  { texts, counting }: { texts: readonly number[]; counting: CandidateRequest["counting"] },
): void {
  const read = counting === undefined ? undefined : createTextReader(counting);
  const rows = connection.tuples<[number, string]>(
    "SELECT seq, content FROM messages WHERE seq IN (SELECT value FROM json_each(?))",
    [JSON.stringify(texts)],
  );
  for (const [message, text] of rows) {
    const candidate = candidates.get(message);
    if (candidate === undefined) continue;
    if (read === undefined) candidate.text = text;
    else candidate.evidence = read(text, candidate.name);
  }
}

/** Name by name through the index, since there are few names and many messages. */
const SPEAKERS = `
WITH RECURSIVE names (name) AS (
  SELECT min(name) FROM messages WHERE owner = ?1 AND name IS NOT NULL
  UNION ALL
  SELECT (
    SELECT min(name) FROM messages
    WHERE owner = ?1 AND name IS NOT NULL AND name > names.name
  ) FROM names WHERE names.name IS NOT NULL LIMIT 3000
)
SELECT name FROM names WHERE name IS NOT NULL`;

export function speakerNames(connection: Connection, owner: Owner): string[] {
  return connection.rows<{ name: string }>(SPEAKERS, [owner]).map((row) => row.name);
}
