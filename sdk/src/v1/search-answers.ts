import type { SearchHit, SearchResponse } from "../contract/search.ts";
import type { AnswerOf } from "../route-table.ts";

type FullTextAnswer = AnswerOf<"searchFullText">;
type FullTextHit = FullTextAnswer["results"][number];
type ListAnswer = AnswerOf<"listConversations">;
type ListedConversation = ListAnswer["conversations"][number];

/** The conversation of a hit as the editors read it: with the messages that were found, not all it has. */
export interface FoundConversation {
  id: string;
  label: string;
  folder: string;
  messages: { id: string; role: string; content: string; timestamp: string }[];
}

export type FoundMessage = SearchHit & { conversation: FoundConversation };
export type FoundByWord = FullTextHit & { conversation: FoundConversation };
export type SearchAnswer = Omit<SearchResponse, "results"> & { results: FoundMessage[] };
export type WordSearchAnswer = Omit<FullTextAnswer, "results"> & { results: FoundByWord[] };

/** What the note editors loop over and version 1's programs read `results` and `total` of. */
export type FoundMessages = FoundMessage[] & SearchAnswer;
export type ListedConversations = ListedConversation[] & ListAnswer;

export function withConversations(answer: SearchResponse): SearchAnswer {
  const results = answer.results.map((hit) => {
    const found = { ...hit, id: hit.message_id };
    const before = (hit.neighbours ?? []).filter(({ position }) => position < hit.position);
    const after = (hit.neighbours ?? []).filter(({ position }) => position > hit.position);
    const messages = [
      ...before.map((message) => ({ ...message, content: message.text })),
      found,
      ...after.map((message) => ({ ...message, content: message.text })),
    ];
    return { ...hit, conversation: conversationOf(hit, messages) };
  });
  return { ...answer, results };
}

export function withConversationsByWord(answer: FullTextAnswer): WordSearchAnswer {
  const results = answer.results.map((hit) => {
    const message = { ...hit, content: hit.text };
    return { ...hit, conversation: conversationOf(hit, [message]) };
  });
  return { ...answer, results };
}

/** The list itself, with the answer's fields on it. */
export function listWith<Item, Answer extends object>(
  items: readonly Item[],
  answer: Answer,
): Item[] & Answer {
  return Object.assign([...items], answer);
}

function conversationOf(
  hit: { conversation_id: string; label: string; folder: string },
  messages: FoundConversation["messages"],
): FoundConversation {
  return {
    id: hit.conversation_id,
    label: hit.label,
    folder: hit.folder,
    messages: messages.map(({ id, role, content, timestamp }) => ({
      id,
      role,
      content,
      timestamp,
    })),
  };
}
