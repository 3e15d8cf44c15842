import { SekhaClient } from "@sekha/sdk";
import { bridgeLlmTools, NO_LLM_TOOLS } from "../../mcp/bridge-llm-tools.ts";
import { createMcpFace } from "../../mcp/mcp-face.ts";
import type { ControllerApp } from "../controller-app.ts";
import type { McpService } from "../services.ts";

const URL = "http://sekha.internal";

/** The real tools over a controller on fakes; without a `bridge` there is none. */
export function fakeMcp(
  controller: () => ControllerApp,
  bridge: ((request: Request) => Promise<Response>) | null = fakeBridge,
): () => Promise<McpService> {
  const face = createMcpFace({
    memoryOf: ({ owner, scopes, signal }) => ({
      client: new SekhaClient({
        controllerURL: URL,
        retries: 0,
        fetch: (request) =>
          controller().fetch(request, { owner, scopes, signal, peerAddress: null, injected: true }),
      }),
      llm:
        bridge === null
          ? NO_LLM_TOOLS
          : bridgeLlmTools(new SekhaClient({ controllerURL: URL, bridgeURL: URL, fetch: bridge })),
      logFailure: (error) => {
        throw error;
      },
    }),
    bodyLimit: 10 * 1_048_576,
    onRefused: () => undefined,
  });
  return async () => face;
}

/** One provider that serves everything. */
async function fakeBridge(request: Request): Promise<Response> {
  if (request.method === "GET") {
    const one = { provider_id: "fake", provider_type: "ollama", status: "healthy" };
    const fake = { ...one, models_count: 1, circuit_breaker_state: "closed" };
    return Response.json({
      providers: { fake },
      ...{ total_providers: 1, healthy_providers: 1, total_models: 1 },
    });
  }
  const served = { provider_id: "fake", model_id: "llama3", provider_type: "ollama" };
  return Response.json({ ...served, estimated_cost: 0, reason: "Selected by priority (1)" });
}
