import { type BridgeClient, SekhaClient, SekhaConnectionError } from "@sekha/sdk";
import type { Command } from "commander";
import { CliError, usageError } from "./cli-error.ts";
import { reachable, type Session } from "./session.ts";

export interface BridgeOptions {
  bridgeUrl?: string;
}

interface BridgeConnection {
  url: string;
  client: BridgeClient;
}

const TIMEOUT_MS = 60_000;

export function addBridgeOption(command: Command): Command {
  return command.option(
    "--bridge-url <url>",
    "ask this LLM bridge (LLM_BRIDGE_URL); this machine's when absent",
  );
}

/**
 * Where the LLM bridge should be: --bridge-url, llm_bridge_url, beside --api-url, else where the configuration lets it
 * listen. Null when that is a port that is not known beforehand.
 */
export function bridgeUrlOf({ options, config }: Session, { bridgeUrl }: BridgeOptions) {
  const named = bridgeUrl ?? config.llmBridgeUrl;
  if (named !== undefined) return named;
  const { host, port } = config.bridge;
  if (port === 0) return null;
  if (options.apiUrl !== undefined && URL.canParse(options.apiUrl)) {
    return `http://${new URL(options.apiUrl).hostname}:${port}`;
  }
  const name = host.includes(":") ? `[${host}]` : host;
  return reachable(`http://${name}:${port}`);
}

/** Works on the LLM bridge that runs, else on the directory's own. Throws CliError, with what to do, without either. */
export async function withBridge<T>(
  session: Session,
  options: BridgeOptions,
  work: (bridge: BridgeConnection) => Promise<T>,
): Promise<T> {
  const found =
    (await askBridge(session, options, work)) ?? (await openBridge(session, options, work));
  return found === null ? missingBridge(session, options) : found.value;
}

/** Works on the LLM bridge that runs. Throws CliError, with what to do, when none answers. */
export async function withRunningBridge<T>(
  session: Session,
  options: BridgeOptions,
  work: (bridge: BridgeConnection) => Promise<T>,
): Promise<T> {
  const found = await askBridge(session, options, work);
  return found === null ? missingBridge(session, options) : found.value;
}

function missingBridge(session: Session, options: BridgeOptions): never {
  const url = bridgeUrlOf(session, options);
  if (url === null) {
    throw usageError("The bridge takes a free port (bridge.port: 0).", "Say it: --bridge-url URL");
  }
  throw new CliError(`No LLM bridge answers at ${url}.`, {
    fix: "Start one: sekha start. For one elsewhere: --bridge-url URL, or LLM_BRIDGE_URL.",
  });
}

/** The same, but null when none answers. */
export async function askBridge<T>(
  session: Session,
  options: BridgeOptions,
  work: (bridge: BridgeConnection) => Promise<T>,
): Promise<{ value: T } | null> {
  const url = bridgeUrlOf(session, options);
  if (url === null) return null;
  const client = new SekhaClient({
    controllerURL: url,
    bridgeURL: url,
    apiKey: apiKeyOf(session, options),
    timeout: TIMEOUT_MS,
    retries: 0,
  });
  try {
    return { value: await work({ url, client: client.bridge }) };
  } catch (error) {
    if (error instanceof SekhaConnectionError) return null;
    throw error;
  }
}

/** The directory's own bridge in this process; null where a server has the directory, or another bridge is named. */
export async function openBridge<T>(
  session: Session,
  { bridgeUrl }: BridgeOptions,
  work: (bridge: BridgeConnection) => Promise<T>,
): Promise<{ value: T } | null> {
  const isNamed =
    (bridgeUrl ?? session.options.apiUrl ?? session.config.llmBridgeUrl) !== undefined;
  if (isNamed || (await session.findServer()) !== null) return null;
  return session.withMemory(async ({ bridge }) =>
    bridge === null ? null : { value: await work({ url: "this process", client: bridge }) },
  );
}

/** A key of this configuration fits a bridge that runs with it, not one somewhere else. */
function apiKeyOf({ options, config }: Session, { bridgeUrl }: BridgeOptions): string | undefined {
  if (options.apiKey !== undefined) return options.apiKey;
  if (bridgeUrl !== undefined) return undefined;
  const { llmBridgeUrl, bridgeApiKey, restApiKey, mcpApiKey, additionalApiKeys } = config;
  if (llmBridgeUrl !== undefined) return bridgeApiKey;
  if (options.apiUrl !== undefined) return undefined;
  return bridgeApiKey ?? restApiKey ?? mcpApiKey ?? additionalApiKeys[0];
}
