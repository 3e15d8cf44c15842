import type { Owner } from "../../core/conversations/conversation.ts";
import type { DueConversation, Judgement } from "../../core/ports/importance-work.ts";
import { DUE, NOTE_JUDGEMENT, NOTE_LOOK } from "../sql/to-judge.ts";
import type { Session } from "./session.ts";

const DUE_HERE = DUE("$1", "$2");
const NOTE = NOTE_JUDGEMENT({ owner: "$1", id: "$2", messages: "$3", score: "$4" });
const LOOK = NOTE_LOOK({ owner: "$1", id: "$2", messages: "$3" });

export async function dueConversations(
  session: Session,
  { quietBefore, limit }: { quietBefore: number; limit: number },
): Promise<DueConversation[]> {
  const rows = await session.rows<{ owner: Owner; id: string; message_count: number }>(DUE_HERE, [
    quietBefore,
    limit,
  ]);
  return rows.map(({ owner, id, message_count }) => ({ owner, id, messageCount: message_count }));
}

export async function noteJudgement(
  session: Session,
  owner: Owner,
  { id, judgement: { score, messages } }: { id: string; judgement: Judgement },
): Promise<boolean> {
  if (score === null) {
    await session.execute(LOOK, [owner, id, messages]);
    return false;
  }
  return (await session.execute(NOTE, [owner, id, messages, score])) > 0;
}
