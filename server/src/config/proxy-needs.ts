import { isLoopback } from "./loopback.ts";

/** Of a configuration, what the proxy stands on when it runs apart. */
export interface ProxyNeeds {
  llmBridgeUrl: string | undefined;
  controllerUrl: string | undefined;
  controllerApiKey: string | undefined;
  proxyHost: string;
  /** Keys that the proxy would accept. */
  keys: readonly (string | undefined)[];
}

interface Missing {
  path: string[];
  message: string;
  hint: string;
}

/** What a process with these services lacks for its proxy; nothing where it runs none. */
export function missingForProxy(services: readonly string[], needs: ProxyNeeds): Missing[] {
  if (!services.includes("proxy")) return [];
  return [
    ...(services.includes("bridge") ? [] : missingBridge(needs)),
    ...(services.includes("controller") ? [] : missingController(needs)),
  ];
}

function missingBridge({ llmBridgeUrl }: ProxyNeeds): Missing[] {
  if (llmBridgeUrl !== undefined) return [];
  const hint = "Say where the LLM bridge is: LLM_BRIDGE_URL=http://HOST:5001.";
  return [{ path: ["llm_bridge_url"], message: `is missing. ${APART}`, hint }];
}

const APART = "The proxy needs it, since this process does not run that service.";

function missingController(needs: ProxyNeeds): Missing[] {
  const { controllerUrl, controllerApiKey, proxyHost, keys } = needs;
  const missing: Missing[] = [];
  if (controllerUrl === undefined) {
    const hint = "Say where the controller is: CONTROLLER_URL=http://HOST:8080.";
    missing.push({ path: ["controller_url"], message: `is missing. ${APART}`, hint });
  } else if (controllerApiKey === undefined && !isLoopback(new URL(controllerUrl).hostname)) {
    missing.push({
      path: ["controller_api_key"],
      message: "is missing. A controller on another machine asks the proxy for a key.",
      hint: "Make one with `sekha keys create` there and set CONTROLLER_API_KEY.",
    });
  }
  if (!isLoopback(proxyHost) && keys.every((key) => key === undefined)) {
    missing.push({
      path: ["proxy_api_key"],
      message: "is missing. The proxy listens beyond loopback, where every caller needs a key.",
      hint: "Set PROXY_API_KEY to 32 or more random characters.",
    });
  }
  return missing;
}
