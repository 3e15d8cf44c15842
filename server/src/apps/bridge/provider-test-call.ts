import { errorMessage, SekhaError } from "../../core/errors.ts";
import type { CallOptions, Gateway } from "../../llm/gateway.ts";
import { canonicalTask } from "../../llm/registry/tasks.ts";
import { dollarsOrNull } from "./routing-metadata.ts";

/** Enough for a model that thinks before it answers to say something. */
const ANSWER_TOKENS = 64;
const PROMPT = "Reply with the single word: ready";

interface TestCall {
  providerId: string;
  task: string;
  options: CallOptions;
  /** Milliseconds. */
  clock: () => number;
}

/** One small real call of one provider, which no other may answer instead. What goes wrong is the answer, not a failure. */
export async function testCall(gateway: Gateway, { providerId, task, options, clock }: TestCall) {
  const model = modelFor(gateway, providerId, task);
  const startedAt = clock();
  try {
    const { served, cost } = await call(gateway, { model, task, options, providerId });
    return {
      task,
      success: true,
      model: served.modelId,
      latency_ms: Math.round(clock() - startedAt),
      cost: dollarsOrNull(cost),
      error: null,
    };
  } catch (error) {
    if (!(error instanceof SekhaError)) throw error;
    const latency = Math.round(clock() - startedAt);
    const message = errorMessage(error);
    return { task, success: false, model, latency_ms: latency, cost: null, error: message };
  }
}

function modelFor(gateway: Gateway, providerId: string, asked: string): string {
  const task = canonicalTask(asked);
  const provider = gateway.providers().find(({ id }) => id === providerId);
  const model = provider?.models.find(({ tasks }) => tasks.includes(task));
  if (model !== undefined) return model.modelId;
  const tasks = [...new Set(provider?.models.flatMap((one) => one.tasks))].join(", ");
  throw new SekhaError(
    "invalid_request",
    `test_task: provider '${providerId}' has no model for '${asked.slice(0, 100)}'. It has: ${tasks}.`,
  );
}

function call(
  gateway: Gateway,
  { model, task, options, providerId }: Omit<TestCall, "clock"> & { model: string },
) {
  const name = `${providerId}/${model}`;
  const asked = { ...options, task, onlyProvider: providerId };
  if (canonicalTask(task) === "embedding") {
    return gateway.embed({ texts: [PROMPT], model: name, dimensions: undefined }, asked);
  }
  const messages = [{ role: "user" as const, content: PROMPT }];
  return gateway.chat({ model: name, messages, max_tokens: ANSWER_TOKENS }, asked);
}
