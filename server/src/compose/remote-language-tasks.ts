import { SekhaError, unreachableBridge } from "../core/errors.ts";
import type {
  ExtractedFact,
  LabelProposal,
  LanguageTasks,
  TaskCall,
  TaskDone,
} from "../core/ports/language-tasks.ts";
import { canonicalTask, standInsFor } from "../llm/registry/tasks.ts";
import { TASK } from "../llm/tasks/task-run.ts";

interface RemoteBridge {
  /** Without a slash at the end. */
  url: string;
  apiKey: string | undefined;
  fetch: typeof fetch;
}

interface TaskAnswer {
  model: string;
  method: string;
}

interface BridgeModel {
  tasks: string[];
}

/** Whose models serve memory's tasks, as the bridge itself chooses. */
const CHAT_TASKS = new Set([TASK, ...standInsFor(TASK)]);

/** Longest answer of a bridge that is refused, shown in an error. */
const SHOWN_CHARACTERS = 300;
/** A local model may read a long text for minutes. */
const TIMEOUT_MS = 10 * 60_000;

/** What memory asks of language models, by the bridge of another process (`llm_bridge_url`). */
export function remoteLanguageTasks(bridge: RemoteBridge): LanguageTasks {
  return {
    hasChatModel: async () => {
      const models = await ask<BridgeModel[]>(bridge, "/api/v1/models", {});
      return models.some(isChatModel);
    },

    summarize: async ({ texts, level, maxWords }, call) => {
      const body = { messages: texts, level, max_words: maxWords ?? null };
      const answer = await ask<TaskAnswer & { summary: string }>(bridge, "/api/v1/summarize", {
        body,
        call,
      });
      return { ...doneBy(answer), summary: answer.summary };
    },

    score: async (text, call) => {
      const answer = await ask<TaskAnswer & { score: number; reasoning: string }>(
        bridge,
        "/api/v1/score",
        { body: { text }, call },
      );
      return { ...doneBy(answer), score: answer.score, reasoning: answer.reasoning };
    },

    labels: async (body, call) => {
      const answer = await ask<TaskAnswer & { labels: LabelProposal[] }>(bridge, "/api/v1/labels", {
        body,
        call,
      });
      return { ...doneBy(answer), labels: answer.labels };
    },

    facts: async (texts, call) => {
      const answer = await ask<TaskAnswer & { facts: ExtractedFact[] }>(bridge, "/api/v1/facts", {
        body: { texts },
        call,
      });
      return { ...doneBy(answer), facts: answer.facts };
    },
  };
}

function isChatModel({ tasks }: BridgeModel): boolean {
  return tasks.some((task) => CHAT_TASKS.has(canonicalTask(task)));
}

function doneBy({ model, method }: TaskAnswer): TaskDone {
  return { model, method: method === "model" ? "model" : "rules" };
}

async function ask<Answer>(
  bridge: RemoteBridge,
  path: string,
  { body, call }: { body?: object; call?: TaskCall },
): Promise<Answer> {
  const response = await send(bridge, path, { body, call }).catch((error: unknown) => {
    call?.signal.throwIfAborted();
    throw new SekhaError("unavailable", `The ${unreachableBridge(bridge.url, error)}`);
  });
  if (response.status === 200) return (await response.json()) as Answer;
  throw refusal(bridge, response.status, await response.text());
}

function send(
  { url, apiKey, fetch }: RemoteBridge,
  path: string,
  { body, call }: { body?: object | undefined; call?: TaskCall | undefined },
): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return fetch(url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      "Content-Type": "application/json",
      ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
      ...(call === undefined ? {} : { "X-Sekha-Owner": encodeURIComponent(call.owner) }),
      ...(call?.background ? { "X-Sekha-Background": "true" } : {}),
    },
    signal: call === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** What the bridge says of its providers is passed on; that it refuses our key is nobody's fault who calls us. */
function refusal({ url }: RemoteBridge, status: number, text: string): SekhaError {
  const detail = `The LLM bridge at ${url} answered ${status}: ${text.slice(0, SHOWN_CHARACTERS)}`;
  if (status === 400 || status === 413 || status === 422) {
    return new SekhaError("invalid_request", detail);
  }
  if (status === 402) return new SekhaError("budget_exceeded", detail);
  return new SekhaError("providers_unavailable", detail);
}
