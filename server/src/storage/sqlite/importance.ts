import type { Owner } from "../../core/conversations/conversation.ts";
import type { DueConversation, Judgement } from "../../core/ports/importance-work.ts";
import { DUE, NOTE_JUDGEMENT, NOTE_LOOK } from "../sql/to-judge.ts";
import type { Connection } from "./connection.ts";

const DUE_HERE = DUE("?1", "?2");
const NOTE = NOTE_JUDGEMENT({ owner: "?1", id: "?2", messages: "?3", score: "?4" });
const LOOK = NOTE_LOOK({ owner: "?1", id: "?2", messages: "?3" });

export function dueConversations(
  connection: Connection,
  { quietBefore, limit }: { quietBefore: number; limit: number },
): DueConversation[] {
  return connection
    .rows<{ owner: Owner; id: string; message_count: number }>(DUE_HERE, [quietBefore, limit])
    .map(({ owner, id, message_count }) => ({ owner, id, messageCount: message_count }));
}

export function noteJudgement(
  connection: Connection,
  owner: Owner,
  { id, judgement: { score, messages } }: { id: string; judgement: Judgement },
): boolean {
  const { changes } =
    score === null
      ? connection.execute(LOOK, [owner, id, messages])
      : connection.execute(NOTE, [owner, id, messages, score]);
  return score !== null && changes > 0;
}
