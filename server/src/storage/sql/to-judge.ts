/**
 * Conversations whose importance a model may judge: no person set it, there is something to read, and no model judged it
 * yet or it has grown by a quarter since. An index of both engines stands on these very words, so that it holds the work
 * and nothing else; a change of them needs a migration.
 */
export const TO_JUDGE = `importance_source <> 'user' AND pinned = 0 AND status = 'active'
  AND word_count >= 30 AND message_count > judged_messages
  AND message_count * 4 >= judged_messages * 5`;

/** One that goes on without a pause is judged again after so many messages. */
const MUCH = 50;

/** Of every owner, the newest first. Parameters: the last moment that counts as quiet, and how many. */
export const DUE = (quietBefore: string, limit: string) => `
SELECT owner, id, message_count FROM conversations
WHERE ${TO_JUDGE} AND (updated_at <= ${quietBefore} OR message_count - judged_messages >= ${MUCH})
ORDER BY updated_at DESC LIMIT ${limit}`;

/** Only what no person has set or pinned meanwhile, and without touching when it was updated. */
export const NOTE_JUDGEMENT = (of: {
  owner: string;
  id: string;
  score: string;
  messages: string;
}) => `
UPDATE conversations
SET importance_score = ${of.score}, importance_source = 'model', judged_messages = ${of.messages}
WHERE owner = ${of.owner} AND id = ${of.id} AND importance_source <> 'user' AND pinned = 0`;

/** It was looked at and there is no judgement: not again before it has grown. */
export const NOTE_LOOK = (of: { owner: string; id: string; messages: string }) => `
UPDATE conversations SET judged_messages = ${of.messages} WHERE owner = ${of.owner} AND id = ${of.id}`;

/**
 * What an UPDATE sets when rules judged new messages as `score` (null: nothing to judge). Appending only raises; what a
 * person set or pinned stays, and what a model judged waits for the model.
 */
export function raisedByRules(score: string, greatest: "max" | "greatest"): string {
  const byRules = `${score} IS NOT NULL AND pinned = 0
    AND importance_source IN ('default', 'heuristic')`;
  return `importance_score = CASE WHEN NOT (${byRules}) THEN importance_score
      WHEN importance_source = 'default' THEN ${score}
      ELSE ${greatest}(importance_score, ${score}) END,
    importance_source = CASE WHEN ${byRules} THEN 'heuristic' ELSE importance_source END`;
}
