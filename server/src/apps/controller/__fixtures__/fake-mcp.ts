import { SekhaClient } from "@sekha/sdk";
import { bridgeLlmTools, NO_LLM_TOOLS } from "../../mcp/bridge-llm-tools.ts";
import { createMcpFace } from "../../mcp/mcp-face.ts";
import type { ControllerApp } from "../controller-app.ts";
import type { McpService } from "../services.ts";

const URL = "http://sekha.internal";

/** The real tools over a controller on fakes; `bridge` answers for an LLM bridge. */
export function fakeMcp(
  controller: () => ControllerApp,
  bridge?: (request: Request) => Promise<Response>,
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
        bridge === undefined
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
