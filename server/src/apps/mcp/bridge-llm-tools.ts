import type { SekhaClient } from "@sekha/sdk";
import type { MemoryToolData } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { LlmTools } from "./tool.ts";

type Status = MemoryToolData<"llm_status">;

/** The tools about language models over an LLM bridge. */
export function bridgeLlmTools({ bridge }: SekhaClient): LlmTools {
  return {
    status: async ({ provider_id }) => {
      const health = await bridge.providersHealth();
      const providers = Object.values(health.providers)
        .filter((one) => provider_id === undefined || one.provider_id === provider_id)
        .map(({ provider_id: id, provider_type, status, models_count, circuit_breaker_state }) => ({
          provider_id: id,
          ...{ provider_type, status, models_count, circuit_breaker_state },
        }));
      if (provider_id === undefined) return { ...countsOf(health), providers };
      if (providers.length > 0) return { ...counted(providers), providers };
      const known = Object.keys(health.providers).join(", ") || "none";
      throw new SekhaError("not_found", `There is no provider ${provider_id}. Known: ${known}.`);
    },
    routing: async ({ task, preferred_model, max_cost, require_vision }) => {
      const route = await bridge.route({ task, preferred_model, max_cost, require_vision });
      const { provider_id, model_id, estimated_cost, reason, provider_type } = route;
      return { provider_id, model_id, estimated_cost, reason, provider_type };
    },
  };
}

/** The same where another controller asks its bridge. */
export function controllerLlmTools(client: SekhaClient): LlmTools {
  return {
    status: (input) => client.memory.call("llm_status", input),
    routing: (input) => client.memory.call("llm_routing", input),
  };
}

/** Where no bridge is known. */
export const NO_LLM_TOOLS: LlmTools = { status: noBridge, routing: noBridge };

async function noBridge(): Promise<never> {
  throw new SekhaError(
    "unavailable",
    "No LLM bridge is known here. Start one (sekha start), or say where it is: llm_bridge_url (LLM_BRIDGE_URL).",
  );
}

function countsOf({ total_providers, healthy_providers, total_models }: Omit<Status, "providers">) {
  return { total_providers, healthy_providers, total_models };
}

function counted(providers: Status["providers"]) {
  return {
    total_providers: providers.length,
    healthy_providers: providers.filter(({ status }) => status === "healthy").length,
    total_models: providers.reduce((sum, { models_count }) => sum + models_count, 0),
  };
}
