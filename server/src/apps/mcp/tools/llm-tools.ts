import { counted } from "../quoted-text.ts";
import { type MemoryTool, READS } from "../tool.ts";

export const llmStatus: MemoryTool<"llm_status"> = {
  title: "State of the LLM providers",
  description:
    "Which language model providers Sekha can use, and whether each works. Use it when model calls fail, or when the user asks about providers. It asks no provider and costs nothing.",
  hints: READS,
  quotesStoredText: false,
  run: (input, { llm }) => llm.status(input),
  text: ({ providers, healthy_providers, total_providers, total_models }) =>
    [
      `${healthy_providers} of ${counted(total_providers, "provider")} healthy, ${counted(total_models, "model")}.`,
      ...providers.map(
        (one) =>
          `- ${one.provider_id} (${one.provider_type}): ${one.status}, circuit breaker ${one.circuit_breaker_state}, ${counted(one.models_count, "model")}`,
      ),
    ].join("\n"),
};

export const llmRouting: MemoryTool<"llm_routing"> = {
  title: "Which model would serve a task",
  description:
    "Which provider and model Sekha would use for a task, what a typical call would cost, and why. It only plans: no model is called.",
  hints: READS,
  quotesStoredText: false,
  run: (input, { llm }) => llm.routing(input),
  text: ({ provider_id, model_id, estimated_cost, reason }) =>
    provider_id === null
      ? `No model would serve this: ${reason}`
      : `${model_id} of ${provider_id}: ${reason}. Estimated cost: ${estimated_cost === null ? "unknown" : `$${estimated_cost}`}.`,
};
