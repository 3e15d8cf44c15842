import type { Conversation, Message, Owner } from "../conversations/conversation.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import type { Recall } from "../search/search-types.ts";
import { hasGivenLabel } from "./given-label.ts";
import type { LabelSuggestion } from "./label-types.ts";

interface NearDependencies {
  recall: Pick<Recall, "search">;
  store: Pick<ConversationStore, "messages">;
}

interface Subject {
  /** Left out of its own neighbours; null for messages that are not stored. */
  id: string | null;
  messages: readonly Pick<Message, "role" | "content">[];
  signal: AbortSignal;
}

interface Neighbour {
  conversation: Conversation;
  /** Relevance of its best message to the nearest message of the subject, 0 to 1. */
  nearness: number;
}

/** Messages are embedded one by one, so that these say more than their sum. */
const QUESTIONS = 3;
const QUESTION_CHARACTERS = 500;
const NEIGHBOURS = 10;
const LEAST_NEARNESS = 0.3;
/** Votes that no neighbour has: few or distant neighbours do not make sure. */
const DOUBT = 1;
/** From a share of votes to how often it is right (`npm run bench:labels`, fitted to half of its people). */
const SLOPE = 1.94;
const SHIFT = 0.76;

/**
 * What the nearest conversations are called: a vote of neighbours, each by the square of its nearness (k-nearest
 * neighbours, T. Cover and P. Hart, 1967), with some votes for nobody. A neighbour whose label nobody gave votes for
 * nobody too. The confidence is the share of votes on the curve of J. Platt ("Probabilistic Outputs for Support Vector
 * Machines", 1999).
 */
export async function nearLabels(
  { recall, store }: NearDependencies,
  owner: Owner,
  subject: Subject,
): Promise<{ suggestions: LabelSuggestion[]; degraded: string | null }> {
  const { neighbours, degraded } = await neighboursOf(recall, owner, subject);
  const given = await Promise.all(
    neighbours.map(({ conversation }) => hasGivenLabel(store, owner, conversation)),
  );
  const votes = new Map<string, Neighbour[]>();
  for (const [place, neighbour] of neighbours.entries()) {
    if (given[place] !== true) continue;
    const { label } = neighbour.conversation;
    votes.set(label, [...(votes.get(label) ?? []), neighbour]);
  }
  const all = weightOf(neighbours) + DOUBT;
  const suggestions = [...votes].map(
    ([label, voters]): LabelSuggestion => ({
      label,
      confidence: chanceOf(weightOf(voters) / all),
      isExisting: true,
      reason: reasonOf(voters, neighbours.length),
      sources: ["near_conversations"],
    }),
  );
  return { suggestions, degraded };
}

async function neighboursOf(
  recall: Pick<Recall, "search">,
  owner: Owner,
  { id, messages, signal }: Subject,
): Promise<{ neighbours: Neighbour[]; degraded: string | null }> {
  const found = await Promise.all(
    questionsOf(messages).map((query) =>
      recall.search(owner, {
        query,
        filter: { statuses: ["active"] },
        mode: "semantic",
        // One may be the subject itself.
        limit: NEIGHBOURS + 1,
        offset: 0,
        groupByConversation: true,
        neighbours: 0,
        minScore: LEAST_NEARNESS,
        signal,
      }),
    ),
  );
  const nearest = new Map<string, Neighbour>();
  for (const { conversations } of found) {
    for (const { conversation, hits } of conversations) {
      const nearness = Math.max(...hits.map(({ score }) => score));
      const known = nearest.get(conversation.id);
      if (conversation.id === id || (known !== undefined && known.nearness >= nearness)) continue;
      nearest.set(conversation.id, { conversation, nearness });
    }
  }
  const neighbours = [...nearest.values()]
    .filter(({ nearness }) => nearness >= LEAST_NEARNESS)
    .sort((a, b) => b.nearness - a.nearness)
    .slice(0, NEIGHBOURS);
  return { neighbours, degraded: found.find((one) => one.degraded !== null)?.degraded ?? null };
}

/** The first, the longest and the last of what people said. */
function questionsOf(messages: Subject["messages"]): string[] {
  const said = messages.filter(({ content }) => content.trim() !== "");
  const byPeople = said.filter(({ role }) => role !== "assistant" && role !== "system");
  const texts = (byPeople.length > 0 ? byPeople : said).map(({ content }) => content.trim());
  const longest = texts.reduce((best, text) => (text.length > best.length ? text : best), "");
  const chosen = [texts[0], longest, texts.at(-1)].flatMap((text) => (text ? [text] : []));
  return [...new Set(chosen.map((text) => text.slice(0, QUESTION_CHARACTERS)))].slice(0, QUESTIONS);
}

/** Of being right; 0 for no votes, and 1 is out of reach since some votes are nobody's. */
function chanceOf(share: number): number {
  const odds = (share / (1 - share)) ** SLOPE * Math.exp(SHIFT);
  return odds / (1 + odds);
}

function weightOf(neighbours: readonly Neighbour[]): number {
  return neighbours.reduce((sum, { nearness }) => sum + nearness ** 2, 0);
}

function reasonOf(voters: readonly Neighbour[], count: number): string {
  const nearest = voters[0]?.nearness ?? 0;
  const of =
    count === 1
      ? "The one near conversation has"
      : `${voters.length} of the ${count} nearest conversations have`;
  return `${of} this label; the nearest of them is ${Math.round(nearest * 100)} % alike.`;
}
