import { SekhaClient } from "@sekha/sdk";
import type { BridgeApp } from "../apps/bridge/bridge-app.ts";
import type { ControllerApp } from "../apps/controller/controller-app.ts";
import type { McpService } from "../apps/controller/services.ts";
import type { McpCaller } from "../apps/mcp/mcp-face.ts";
import type { LlmTools } from "../apps/mcp/tool.ts";
import type { Config } from "../config/config.ts";
import { errorMessage } from "../core/errors.ts";
import type { RequestContext } from "../http/request-context.ts";
import type { Logger } from "../logger.ts";

interface McpParts {
  config: Config;
  log: Logger;
  controller: () => ControllerApp;
  /** Null: it runs elsewhere (`llm_bridge_url`), or nowhere. */
  bridge: () => BridgeApp | null;
}

type Service = { fetch(request: Request, context: RequestContext): Promise<Response> };

/** MCP over the controller of this process; nothing of it is loaded before somebody asks. */
export function composeMcp(parts: McpParts): () => Promise<McpService> {
  let face: Promise<McpService> | null = null;
  return () => {
    face ??= load(parts).catch((error: unknown) => {
      face = null;
      throw error;
    });
    return face;
  };
}

async function load({ config, log, controller, bridge }: McpParts): Promise<McpService> {
  const { createMcpFace } = await import("../apps/mcp/mcp-face.ts");
  const { bridgeLlmTools, NO_LLM_TOOLS } = await import("../apps/mcp/bridge-llm-tools.ts");
  const llmOf = (caller: McpCaller): LlmTools => {
    const here = bridge();
    if (here !== null) return bridgeLlmTools(injectedClient(here, caller));
    const { llmBridgeUrl: url, bridgeApiKey: apiKey } = config;
    if (url === undefined) return NO_LLM_TOOLS;
    return bridgeLlmTools(new SekhaClient({ controllerURL: url, bridgeURL: url, apiKey }));
  };
  return createMcpFace({
    memoryOf: (caller) => ({
      client: injectedClient(controller(), caller),
      llm: llmOf(caller),
      logFailure: (err, what) => log.error({ err }, `MCP: ${what} failed`),
    }),
    bodyLimit: config.bodyLimits.controller,
    onRefused: (error) => {
      log.warn(`MCP: ${errorMessage(error)}`);
    },
  });
}

const INJECTED_URL = "http://sekha.internal";

/** A service of this process, asked in the caller's name. */
function injectedClient(service: Service, { owner, keyId, scopes, signal }: McpCaller) {
  return new SekhaClient({
    controllerURL: INJECTED_URL,
    bridgeURL: INJECTED_URL,
    timeout: 0,
    retries: 0,
    fetch: (request) =>
      service.fetch(request, {
        ...{ owner, scopes, signal },
        ...(keyId === null ? {} : { keyId }),
        peerAddress: null,
        injected: true,
      }),
  });
}
