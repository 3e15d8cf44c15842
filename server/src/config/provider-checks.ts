import { nearestKey } from "./nearest-key.ts";
import type { ProblemList } from "./problem-list.ts";
import { knownTasks } from "./providers-section.ts";
import type { WrittenConfig } from "./schema.ts";

type Provider = WrittenConfig["llm_providers"][number];
type Model = Provider["models"][number];

/** Types that cannot work without a key at their usual address. */
const keyedTypes = new Set(["openai", "anthropic", "openrouter"]);

/** What one provider says must fit what the others and default_models say. */
export function checkProviders(config: WrittenConfig, problems: ProblemList): void {
  const seen = new Map<string, number>();
  for (const [index, provider] of config.llm_providers.entries()) {
    const path = ["llm_providers", String(index)];
    const earlier = seen.get(provider.id);
    if (earlier === undefined) seen.set(provider.id, index);
    else {
      problems.error(
        [...path, "id"],
        `is also the id of llm_providers[${earlier}]: Duplicate provider ID.`,
        "Give every provider an id of its own.",
      );
    }
    checkProvider({ provider, path, problems });
  }
  for (const [index, id] of config.routing.providers.entries()) {
    if (seen.has(id)) continue;
    const nearest = nearestKey(id, seen.keys());
    problems.error(
      ["routing", "providers", String(index)],
      "is not the id of a configured provider.",
      nearest === undefined ? undefined : `Did you mean ${nearest}?`,
    );
  }
}

/** Every default model must exist and be able to do its task. */
export function checkDefaultModels(config: WrittenConfig, problems: ProblemList): void {
  const models = config.llm_providers.flatMap((provider) => provider.models);
  for (const [task, name] of Object.entries(config.default_models)) {
    const path = ["default_models", task];
    const named = models.filter(({ model_id }) => model_id === name);
    if (named.length === 0) {
      const nearest = nearestKey(
        name,
        models.map(({ model_id }) => model_id),
      );
      problems.error(
        path,
        `names a model that no provider has: Default ${task} model not found.`,
        nearest === undefined ? "Add it to a provider's models." : `Did you mean ${nearest}?`,
      );
    } else checkFit({ task, named, path, problems });
  }
}

interface Fit {
  task: string;
  named: Model[];
  path: string[];
  problems: ProblemList;
}

function checkFit({ task, named, path, problems }: Fit): void {
  if (named.some((model) => model.task.includes(task))) return;
  if (task === "vision" && named.some((model) => model.supports_vision)) return;
  const tasks = [...new Set(named.flatMap((model) => model.task))].join(", ");
  if (task.startsWith("chat_") && named.some((model) => model.task.some(isChatTask))) {
    problems.warning(path, `names a model that is configured for ${tasks}; it will serve ${task}.`);
    return;
  }
  problems.error(
    path,
    `names a model for the wrong task: it is configured for ${tasks}.`,
    `Choose a model with \`task: ${task}\`, or add ${task} to its tasks.`,
  );
}

function isChatTask(task: string): boolean {
  return task.startsWith("chat_") || task === "vision";
}

interface ProviderCheck {
  provider: Provider;
  path: string[];
  problems: ProblemList;
}

function checkProvider({ provider, path, problems }: ProviderCheck): void {
  if (provider.provider_type === "litellm" && provider.base_url === undefined) {
    problems.error(
      [...path, "base_url"],
      "is missing: an OpenAI-compatible server has no usual address.",
      "Add it, for example http://localhost:4000/v1.",
    );
  }
  if (provider.base_url !== undefined && /[?#]/.test(provider.base_url)) {
    problems.error(
      [...path, "base_url"],
      "has a part after ? or #, which is not sent to the provider.",
      "Write the address up to there, and a key as api_key or in headers.",
    );
  }
  const keyless = provider.api_key === undefined && provider.api_keys.length === 0;
  if (keyless && keyedTypes.has(provider.provider_type) && provider.base_url === undefined) {
    problems.warning(
      [...path, "api_key"],
      `is missing: ${provider.provider_type} will refuse every request.`,
      `Add \`api_key: \${${provider.provider_type.toUpperCase()}_API_KEY}\`.`,
    );
  }
  for (const [index, model] of provider.models.entries()) {
    checkTasks({ model, path: [...path, "models", String(index)], problems });
  }
}

/** Custom tasks are allowed, so a slip in a known one cannot be an error. */
function checkTasks(check: { model: Model; path: string[]; problems: ProblemList }): void {
  const { model, path, problems } = check;
  for (const task of model.task) {
    if (knownTasks.some((known) => known === task)) continue;
    const nearest = nearestKey(task, knownTasks);
    if (nearest === undefined) continue;
    problems.warning(
      [...path, "task"],
      `names the custom task ${task}.`,
      `Did you mean ${nearest}?`,
    );
  }
}
