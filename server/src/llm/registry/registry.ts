import type { ModelEntry, ProviderEntry } from "./entries.ts";
import {
  canonicalTask,
  familyOfTask,
  KNOWN_TASKS,
  STAND_IN_ORDER,
  standInsFor,
  type TaskFamily,
} from "./tasks.ts";

/** One model at one provider. */
export interface Offer {
  readonly provider: ProviderEntry;
  readonly model: ModelEntry;
  /** Place in the configuration, from 0. */
  readonly position: number;
}

/** What is configured, by task and by name. Never changes: a reload builds another one. */
export class Registry {
  readonly providers: readonly ProviderEntry[];
  readonly models: readonly ModelEntry[];
  /** Model ids by task. */
  readonly defaultModels: Readonly<Record<string, string>>;
  /** The known tasks, then the custom ones in the order of the configuration. */
  readonly tasks: readonly string[];
  readonly #byId: ReadonlyMap<string, ProviderEntry>;
  readonly #offers: readonly Offer[];
  readonly #byTask: ReadonlyMap<string, readonly Offer[]>;
  readonly #byModel: ReadonlyMap<string, readonly Offer[]>;
  readonly #byTag: ReadonlyMap<string, readonly Offer[]>;

  constructor(
    providers: readonly ProviderEntry[],
    defaultModels: Readonly<Record<string, string>>,
  ) {
    this.providers = providers;
    this.defaultModels = defaultModels;
    this.models = providers.flatMap(({ models }) => models);
    this.#byId = new Map(providers.map((provider) => [provider.id, provider]));
    this.#offers = providers
      .flatMap((provider) => provider.models.map((model) => ({ provider, model })))
      .map((offer, position) => ({ ...offer, position }));
    this.#byTask = grouped(this.#offers, ({ model }) => model.tasks);
    this.#byModel = grouped(this.#offers, ({ model }) => [model.modelId]);
    this.#byTag = grouped(this.#offers, ({ model }) => model.tags);
    const named = [...this.#byTask.keys(), ...Object.keys(defaultModels)];
    this.tasks = [...new Set([...KNOWN_TASKS, ...named])];
  }

  provider(id: string): ProviderEntry | undefined {
    return this.#byId.get(id);
  }

  isTask(task: string): boolean {
    return this.tasks.includes(canonicalTask(task));
  }

  /** The model that is tried first for a task. */
  defaultModel(task: string): string | undefined {
    const name = canonicalTask(task);
    return Object.hasOwn(this.defaultModels, name) ? this.defaultModels[name] : undefined;
  }

  /** Models configured for a task itself, in the order of the configuration. */
  offersFor(task: string): readonly Offer[] {
    return this.#byTask.get(task) ?? [];
  }

  /** Chat models that take images without being configured for the task vision. */
  seeingOffers(): readonly Offer[] {
    return this.#offers.filter(
      ({ model }) => model.supportsVision && !model.tasks.includes("vision"),
    );
  }

  /**
   * What a caller's name means: a model id, else `provider/model` or `provider:model`, else Ollama's name without its
   * `:latest`, else a custom tag. An id wins, since ids such as `vendor/model` look like the second form.
   */
  offersNamed(name: string): readonly Offer[] {
    const exact = this.#byModel.get(name);
    if (exact !== undefined) return exact;
    const qualified = this.#offers.filter((offer) => isQualified(offer, name));
    if (qualified.length > 0) return qualified;
    const latest = this.#offers.filter((offer) => isLatest(offer, name));
    if (latest.length > 0) return latest;
    return this.#byTag.get(name) ?? [];
  }

  /** A custom task is one of embedding where a model that has it makes vectors, else of chat. */
  familyOf(task: string): TaskFamily {
    if (KNOWN_TASKS.some((known) => known === task)) return familyOfTask(task);
    const embeds = this.offersFor(task).some(
      ({ model }) => model.dimension !== undefined || model.tasks.includes("embedding"),
    );
    return embeds ? "embedding" : "chat";
  }

  /**
   * The task as which a model can serve a request for `task`: the same where it has it, else its nearest of the same
   * family; undefined where it does not fit at all (decisions 17).
   */
  servedTask(model: ModelEntry, task: string): string | undefined {
    if (model.tasks.includes(task)) return task;
    if (task === "vision" && !model.supportsVision) return undefined;
    const family = this.familyOf(task);
    const order = family === "chat" ? [...standInsFor(task), ...STAND_IN_ORDER] : [];
    const nearest = order.find((near) => model.tasks.includes(near));
    return nearest ?? model.tasks.find((own) => this.familyOf(own) === family);
  }
}

function grouped(
  offers: readonly Offer[],
  names: (offer: Offer) => readonly string[],
): Map<string, Offer[]> {
  const groups = new Map<string, Offer[]>();
  for (const offer of offers) {
    for (const name of new Set(names(offer))) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [offer]);
      else group.push(offer);
    }
  }
  return groups;
}

function isQualified({ provider, model }: Offer, name: string): boolean {
  if (!name.startsWith(provider.id)) return false;
  const rest = name.slice(provider.id.length);
  return (
    (rest.startsWith("/") || rest.startsWith(":")) && isSameModelName(rest.slice(1), model.modelId)
  );
}

function isLatest({ provider, model }: Offer, name: string): boolean {
  return provider.type === "ollama" && isSameModelName(name, model.modelId);
}

/** Ollama's `llava` is its `llava:latest`. */
export function isSameModelName(left: string, right: string): boolean {
  return left === right || `${left}:latest` === right || left === `${right}:latest`;
}
