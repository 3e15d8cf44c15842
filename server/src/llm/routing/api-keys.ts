import type { ProviderEntry } from "../registry/entries.ts";

/** Why a provider does not serve a key now. */
export type KeyRefusalCategory = "unauthorized" | "payment_required" | "forbidden" | "rate_limited";

export interface KeyRefusal {
  category: KeyRefusalCategory;
  /** From Retry-After; for rate_limited only. */
  retryAfterMs?: number | undefined;
}

/** What can be done with a provider's keys for one model now. */
export type KeyAvailability =
  | { kind: "usable" }
  /** No key is left, and at least one only waits. */
  | { kind: "rate_limited"; retryAfterMs: number }
  /** Every key is refused: the account or the configuration is wrong. `agoMs`: since the last refusal. */
  | { kind: "misconfigured"; category: KeyRefusalCategory; agoMs: number; retryAfterMs: number };

interface Keyed {
  provider: Pick<ProviderEntry, "id" | "apiKeys">;
  modelId: string;
}

interface Mark {
  category: KeyRefusalCategory;
  at: number;
  until: number;
}

interface ProviderKeys {
  /** Position of the key that is next. */
  turn: number;
  /** By key, or by key and model where the refusal says nothing about other models. */
  marks: Map<string, Mark>;
}

/** A wrong key or an empty account may be put right at the provider's: then it is tried again without a restart. */
const MISCONFIGURED_MS = 5 * 60_000;
const RATE_LIMITED_MS = 10_000;
const LONGEST_PAUSE_MS = 60 * 60_000;
/** The only key of a provider without keys: a gateway in front may refuse it all the same. */
const NO_KEY = "";

/**
 * Which of a provider's keys is used next: in turn, without those that were refused a while ago. A refusal for money or
 * identity holds for all models of the key; one for a right or a rate holds for the model alone.
 */
export class ApiKeys {
  readonly #clock: () => number;
  readonly #providers = new Map<string, ProviderKeys>();

  /** `clock` in milliseconds; must not run backwards. */
  constructor({ clock }: { clock: () => number }) {
    this.#clock = clock;
  }

  /** The key for the next attempt: undefined for a provider without keys. `none` when all are refused. */
  next({ provider, modelId }: Keyed): { key: string | undefined } | { none: KeyAvailability } {
    const keys = keysOf(provider);
    const state = this.#of(provider.id);
    for (let step = 0; step < keys.length; step += 1) {
      const position = (state.turn + step) % keys.length;
      const key = keys[position];
      if (key === undefined || this.#mark(provider.id, key, modelId) !== undefined) continue;
      state.turn = position + 1;
      return { key: key === NO_KEY ? undefined : key };
    }
    return { none: this.availability({ provider, modelId }) };
  }

  /** Leaves a refused key alone for a while. Answers whether another key can be tried at once. */
  refuse(keyed: Keyed, key: string | undefined, refusal: KeyRefusal): boolean {
    const { category } = refusal;
    const at = this.#clock();
    const name = markName(key ?? NO_KEY, keyed.modelId, category);
    this.#of(keyed.provider.id).marks.set(name, { category, at, until: at + pauseMs(refusal) });
    return this.availability(keyed).kind === "usable";
  }

  /** A key that served is good again. */
  accept({ provider, modelId }: Keyed, key: string | undefined): void {
    const marks = this.#providers.get(provider.id)?.marks;
    if (marks === undefined || marks.size === 0) return;
    for (const name of markNames(key ?? NO_KEY, modelId)) marks.delete(name);
  }

  availability({ provider, modelId }: Keyed): KeyAvailability {
    const marks: Mark[] = [];
    for (const key of keysOf(provider)) {
      const mark = this.#mark(provider.id, key, modelId);
      if (mark === undefined) return { kind: "usable" };
      marks.push(mark);
    }
    const now = this.#clock();
    const retryAfterMs = (of: readonly Mark[]) => Math.min(...of.map(({ until }) => until - now));
    const waiting = marks.filter(({ category }) => category === "rate_limited");
    if (waiting.length > 0) return { kind: "rate_limited", retryAfterMs: retryAfterMs(waiting) };
    const [last] = marks.toSorted((left, right) => right.at - left.at);
    if (last === undefined) return { kind: "usable" };
    const { category, at } = last;
    return { kind: "misconfigured", category, agoMs: now - at, retryAfterMs: retryAfterMs(marks) };
  }

  /** Forgets every refusal of a provider. */
  reset(providerId: string): void {
    this.#providers.get(providerId)?.marks.clear();
  }

  /** Drops what belongs to providers that are gone. */
  retain(providerIds: ReadonlySet<string>): void {
    for (const id of this.#providers.keys()) {
      if (!providerIds.has(id)) this.#providers.delete(id);
    }
  }

  #of(providerId: string): ProviderKeys {
    const known = this.#providers.get(providerId);
    if (known !== undefined) return known;
    const added = { turn: 0, marks: new Map<string, Mark>() };
    this.#providers.set(providerId, added);
    return added;
  }

  /** The refusal that holds longest. */
  #mark(providerId: string, key: string, modelId: string): Mark | undefined {
    const marks = this.#providers.get(providerId)?.marks;
    if (marks === undefined || marks.size === 0) return undefined;
    const now = this.#clock();
    let longest: Mark | undefined;
    for (const name of markNames(key, modelId)) {
      const mark = marks.get(name);
      if (mark === undefined) continue;
      if (mark.until <= now) marks.delete(name);
      else if (longest === undefined || mark.until > longest.until) longest = mark;
    }
    return longest;
  }
}

function keysOf({ apiKeys }: Keyed["provider"]): readonly string[] {
  return apiKeys.length === 0 ? [NO_KEY] : apiKeys;
}

function pauseMs({ category, retryAfterMs = RATE_LIMITED_MS }: KeyRefusal): number {
  if (category !== "rate_limited") return MISCONFIGURED_MS;
  return Number.isNaN(retryAfterMs) ? 0 : Math.min(Math.max(0, retryAfterMs), LONGEST_PAUSE_MS);
}

function markName(key: string, modelId: string, category: KeyRefusalCategory): string {
  const ofModel = category === "forbidden" || category === "rate_limited";
  return ofModel ? `${key}\n${modelId}\n${category}` : key;
}

function markNames(key: string, modelId: string): string[] {
  return [key, markName(key, modelId, "forbidden"), markName(key, modelId, "rate_limited")];
}
