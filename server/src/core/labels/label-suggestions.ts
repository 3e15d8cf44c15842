import { excerptOf, readBothEnds } from "../conversations/both-ends.ts";
import type { Message, Owner } from "../conversations/conversation.ts";
import type { Conversations } from "../conversations/conversations.ts";
import { errorMessage } from "../errors.ts";
import type { ConversationStore, NamedCount } from "../ports/conversation-store.ts";
import type { LanguageTasks } from "../ports/language-tasks.ts";
import type { Recall } from "../search/search-types.ts";
import { givenNames, isGivenLabel } from "./given-label.ts";
import type {
  AutoLabel,
  AutoLabelRequest,
  Labelling,
  LabelRequest,
  LabelSuggestion,
  SuggestedLabels,
} from "./label-types.ts";
import { mergedSuggestions } from "./merged-suggestions.ts";
import { nearLabels } from "./near-labels.ts";
import { isName, wordLabels } from "./word-labels.ts";

export interface LabelDependencies {
  store: Pick<ConversationStore, "get" | "list" | "messages" | "stats">;
  conversations: Pick<Conversations, "update">;
  recall: Pick<Recall, "search">;
  tasks: Pick<LanguageTasks, "labels">;
}

/** So many labels in use a model is told. */
const SHOWN_TO_MODEL = 60;
/** What a model says of its own sureness is too high; of a name it makes up nobody knows whether it would be taken. */
const MODEL_EXISTING_SHARE = 0.7;
const MODEL_NEW_SHARE = 0.65;
/** A keyword names something in the text, seldom what a person would file it under. */
const KEYWORD_SHARE = 0.4;
/** Somebody waits for it. */
const MODEL_TIMEOUT_MS = 20_000;

/** Suggests labels from what the memory has and what the text says. Nothing of other owners is looked at. */
export class LabelSuggestions implements Labelling {
  readonly #dependencies: LabelDependencies;

  constructor(dependencies: LabelDependencies) {
    this.#dependencies = dependencies;
  }

  /** Rejects with `not_found` for a conversation that is not this owner's. */
  async suggest(owner: Owner, request: LabelRequest): Promise<SuggestedLabels> {
    const { store } = this.#dependencies;
    const { subject } = request;
    if ("messages" in subject) {
      return this.#suggest(owner, { ...request, id: null, messages: subject.messages });
    }
    const { id } = await store.get(owner, subject.conversationId);
    return this.#suggest(owner, { ...request, id, messages: await readBothEnds(store, owner, id) });
  }

  async auto(owner: Owner, request: AutoLabelRequest): Promise<AutoLabel> {
    const { store, conversations } = this.#dependencies;
    const { conversationId: id, threshold, force, count, signal } = request;
    const { label } = await store.get(owner, id);
    const messages = await readBothEnds(store, owner, id);
    const found = await this.#suggest(owner, { id, messages, count, signal });
    const [best] = found.suggestions;
    const kept = { ...found, conversationId: id, label, previousLabel: label, applied: false };
    if (best === undefined) return { ...kept, reason: "There is nothing to suggest." };
    if (best.confidence < threshold) {
      return {
        ...kept,
        reason: `The surest suggestion, “${best.label}”, has a confidence of ${best.confidence}, below ${threshold}.`,
      };
    }
    if (best.label === label) return { ...kept, reason: "It has this label already." };
    if (!force && isGivenLabel(label, messages)) {
      return {
        ...kept,
        reason: `Somebody gave it the label “${label}”. Send force: true to replace it.`,
      };
    }
    await conversations.update(owner, id, { label: best.label });
    return { ...kept, label: best.label, applied: true, reason: best.reason };
  }

  async #suggest(
    owner: Owner,
    request: Omit<LabelRequest, "subject"> & {
      id: string | null;
      messages: readonly Pick<Message, "role" | "content">[];
    },
  ): Promise<SuggestedLabels> {
    const { store } = this.#dependencies;
    const { id, messages, count, signal } = request;
    if (messages.every(({ content }) => content.trim() === "")) {
      return { suggestions: [], degraded: null };
    }
    const [near, { labels }, own] = await Promise.all([
      nearLabels(this.#dependencies, owner, { id, messages, signal }),
      store.stats(owner, {}),
      id === null ? null : store.get(owner, id),
    ]);
    const names = othersNames(labels, own?.label ?? null);
    const said = wordLabels(names, messages);
    const asked = new Set([...said.map(({ label }) => label), ...names.slice(0, SHOWN_TO_MODEL)]);
    const given = await givenNames(store, owner, [...asked]);
    const byWord = said.filter(({ label }) => given.has(label));
    const known = [...near.suggestions, ...byWord].map(({ label }) => label);
    const existing = [...new Set([...known, ...given])].slice(0, SHOWN_TO_MODEL);
    const byModel = await this.#byModel(owner, {
      text: excerptOf(messages),
      existing,
      count,
      signal,
    });
    const reasons = [near.degraded, byModel.degraded].filter((reason) => reason !== null);
    return {
      suggestions: mergedSuggestions(
        [...near.suggestions, ...byWord, ...byModel.suggestions],
        count,
      ),
      degraded: reasons.length === 0 ? null : reasons.join("; "),
    };
  }

  /** By keywords where there is no model; what fails leaves the rest as it is. */
  async #byModel(
    owner: Owner,
    asked: { text: string; existing: readonly string[]; count: number; signal: AbortSignal },
  ): Promise<SuggestedLabels> {
    const { text, existing, count } = asked;
    const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(MODEL_TIMEOUT_MS)]);
    try {
      const { labels, method, model } = await this.#dependencies.tasks.labels(
        { text, existing, count },
        { owner, background: false, signal },
      );
      const known = new Set(existing);
      const suggestions = labels.map(({ label, confidence, reason }): LabelSuggestion => {
        const isExisting = known.has(label);
        if (method === "rules") {
          const share = KEYWORD_SHARE * confidence;
          return { label, confidence: share, isExisting, reason, sources: ["keywords"] };
        }
        const share = isExisting ? MODEL_EXISTING_SHARE : MODEL_NEW_SHARE;
        return {
          ...{ label, isExisting, confidence: confidence * share },
          reason: `${model} proposes it: ${reason}`,
          sources: ["model"],
        };
      });
      return { suggestions, degraded: null };
    } catch (error) {
      asked.signal.throwIfAborted();
      return { suggestions: [], degraded: `no model was asked (${errorMessage(error)})` };
    }
  }
}

/** Names in use, the most frequent first; a label that only this conversation has is no label of others. */
function othersNames(labels: readonly NamedCount[], own: string | null): string[] {
  return labels
    .filter(({ name, count }) => isName(name) && (name !== own || count > 1))
    .map(({ name }) => name);
}
