import { isLoopback } from "./loopback.ts";
import type { ProblemList } from "./problem-list.ts";
import { missingForProxy, type ProxyNeeds } from "./proxy-needs.ts";
import type { WrittenConfig } from "./schema.ts";
import type { ServiceName } from "./server-section.ts";

const shortestKey = 16;
/** v1's default, published in its source. */
const publishedKey = "dev_default_key_change_me_1234567890";
const keyHint = "Make one with `sekha keys create`, or use 32 or more random characters.";

type Section = "server" | "bridge" | "proxy";

const sectionOf: Record<ServiceName, Section> = {
  controller: "server",
  bridge: "bridge",
  proxy: "proxy",
};

/** Addresses, ports and keys of the services of this process. */
export function checkAccess(config: WrittenConfig, problems: ProblemList): void {
  const sections = [...new Set(config.services)].map((service) => sectionOf[service]);
  checkPorts({ config, sections, problems });
  for (const { path, message, hint } of missingForProxy(config.services, needsOf(config))) {
    problems.error(path, message, hint);
  }
  const exposed = sections.some((section) => !isLoopback(config[section].host));
  checkKeys({ config, exposed, problems });
  checkLoneBridge(config, problems);
  if (config.auth.bridge !== "open") return;
  if (config.bridge_api_key !== undefined) {
    problems.warning(["auth", "bridge"], "is open, so bridge_api_key is not asked for.");
  }
  if (sections.includes("bridge") && !isLoopback(config.bridge.host)) {
    problems.warning(
      ["auth", "bridge"],
      "is open while the bridge listens beyond loopback: anyone who reaches it can use your models.",
      "Publish its port on 127.0.0.1 only, or set auth.bridge to key.",
    );
  }
}

function needsOf(config: WrittenConfig): ProxyNeeds {
  const { proxy_api_key, mcp_api_key, rest_api_key, additional_api_keys } = config;
  return {
    llmBridgeUrl: config.llm_bridge_url,
    controllerUrl: config.controller_url,
    controllerApiKey:
      config.controller_api_key ?? rest_api_key ?? mcp_api_key ?? additional_api_keys[0],
    proxyHost: config.proxy.host,
    keys: [proxy_api_key, mcp_api_key, rest_api_key, ...additional_api_keys],
  };
}

/** The bridge asks for a key as soon as one is set or it listens beyond loopback. */
export function bridgeAuth(config: WrittenConfig): "open" | "key" {
  if (config.auth.bridge !== undefined) return config.auth.bridge;
  return config.bridge_api_key === undefined && isLoopback(config.bridge.host) ? "open" : "key";
}

/** A bridge apart knows no keys but those of its configuration: without one it would refuse everybody. */
function checkLoneBridge(config: WrittenConfig, problems: ProblemList): void {
  const { services, bridge, bridge_api_key, mcp_api_key, rest_api_key } = config;
  if (!services.includes("bridge") || services.includes("controller")) return;
  const keys = [bridge_api_key, mcp_api_key, rest_api_key, ...config.additional_api_keys];
  const isOpen = bridgeAuth(config) === "open" || isLoopback(bridge.host);
  if (isOpen || keys.some((key) => key !== undefined)) return;
  problems.error(
    ["bridge_api_key"],
    "is missing. The bridge listens beyond loopback, where every caller needs a key.",
    "Set SEKHA__BRIDGE_API_KEY to 32 or more random characters, or auth.bridge to open where only your own containers reach it.",
  );
}

interface PortCheck {
  config: WrittenConfig;
  sections: Section[];
  problems: ProblemList;
}

function checkPorts({ config, sections, problems }: PortCheck): void {
  const taken = new Map<number, Section>();
  for (const section of sections) {
    const { port } = config[section];
    const other = taken.get(port);
    if (other === undefined) taken.set(port, section);
    else if (port !== 0) {
      problems.error(
        [section, "port"],
        `is ${port}, which is also ${other}.port.`,
        "Give every service a port of its own.",
      );
    }
  }
}

interface KeyCheck {
  config: WrittenConfig;
  exposed: boolean;
  problems: ProblemList;
}

function checkKeys({ config, exposed, problems }: KeyCheck): void {
  const { mcp_api_key, rest_api_key, bridge_api_key, proxy_api_key } = config;
  const keys: [string[], string | undefined][] = [
    ...Object.entries({ mcp_api_key, rest_api_key, bridge_api_key, proxy_api_key }).map(
      ([name, key]): [string[], string | undefined] => [[name], key],
    ),
    ...config.additional_api_keys.map((key, index): [string[], string] => [
      ["additional_api_keys", String(index)],
      key,
    ]),
  ];
  for (const [path, key] of keys) {
    const weakness = key === undefined ? undefined : weaknessOf(key);
    if (weakness === undefined) continue;
    if (exposed) {
      problems.error(
        path,
        `${weakness}; refused because a service listens beyond loopback.`,
        keyHint,
      );
    } else problems.warning(path, `${weakness}.`, keyHint);
  }
}

function weaknessOf(key: string): string | undefined {
  if (key === publishedKey) return "is the default key of v1, which everyone knows";
  if (/^change_?me/i.test(key)) return "is the placeholder of v1's example, not a key";
  return key.length < shortestKey ? `is shorter than ${shortestKey} characters` : undefined;
}
