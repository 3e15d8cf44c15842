import type { Conversation, Message, Owner } from "../conversations/conversation.ts";
import { deriveLabel } from "../conversations/label.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import { UNTITLED } from "../transfer/untitled.ts";

/** So many of a conversation's first messages tell whether its label was made from them. */
const OPENING = 6;

/**
 * Whether somebody gave the label: it is not the title that Sekha makes of the first message, and says something. Titles
 * of other programs count as given.
 */
export function isGivenLabel(
  label: string,
  opening: readonly Pick<Message, "role" | "content">[],
): boolean {
  const name = label.trim();
  return name !== "" && name !== UNTITLED && name !== deriveLabel([...opening]);
}

/** Of these names, those that somebody gave to the conversation that has them and was changed last. */
export async function givenNames(
  store: Pick<ConversationStore, "list" | "messages">,
  owner: Owner,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const given = await Promise.all(
    names.map(async (label) => {
      const { items } = await store.list(owner, { label }, { limit: 1, offset: 0 });
      const [newest] = items;
      return newest !== undefined && (await hasGivenLabel(store, owner, newest));
    }),
  );
  return new Set(names.filter((_name, place) => given[place]));
}

/** False, too, for one that was deleted since it was found: it has no label any more. */
export async function hasGivenLabel(
  store: Pick<ConversationStore, "messages">,
  owner: Owner,
  { id, label }: Pick<Conversation, "id" | "label">,
): Promise<boolean> {
  const opening = await store.messages(owner, id, { limit: OPENING, offset: 0 }).catch(() => null);
  return opening !== null && isGivenLabel(label, opening.items);
}
