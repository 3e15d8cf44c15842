import type { MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type {
  CandidateMessage,
  CandidateRequest,
  MessageBrief,
} from "../../core/ports/message-index.ts";
import type { Connection } from "./connection.ts";
import { messageBriefs, messageNeighbours } from "./message-reads.ts";

/** A neighbour stands in the hit's conversation, so only its own fields can fail the filter. */
function passes(brief: MessageBrief, { roles, since, until }: MessageFilter): boolean {
  return (
    (roles === undefined || roles.includes(brief.role)) &&
    (since === undefined || brief.timestamp >= since) &&
    (until === undefined || brief.timestamp <= until)
  );
}

export function candidateMessages(
  connection: Connection,
  owner: Owner,
  request: CandidateRequest,
): CandidateMessage[] {
  const { hits, withText, expand, radius, filter } = request;
  const valid = messageBriefs(connection, owner, { messages: hits, filter });
  const expanded = new Set(expand);
  const messages = valid.map((brief) => brief.message).filter((number) => expanded.has(number));
  const around = messageNeighbours(connection, owner, { messages, radius });
  const candidates = new Map([...valid, ...around].map((brief) => [brief.message, brief]));
  const texts = new Map(
    connection
      .rows<{ message: number; text: string }>(
        `SELECT seq AS message, content AS text FROM messages
         WHERE +owner = ? AND seq IN (SELECT value FROM json_each(?))`,
        [owner, JSON.stringify(withText)],
      )
      .map((row) => [row.message, row.text]),
  );
  return [...candidates.values()]
    .filter((brief) => passes(brief, filter))
    .map((brief) => ({ ...brief, text: texts.get(brief.message) ?? null }));
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
