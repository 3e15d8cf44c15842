import type { BridgeClient } from "@sekha/sdk";
import type { Config } from "../../config/config.ts";
import { askBridge, bridgeUrlOf, openBridge } from "./bridge-connection.ts";
import { failureOf } from "./cli-error.ts";
import type { Finding } from "./doctor-checks.ts";
import { missingModels } from "./missing-models.ts";
import { formatNumber } from "./quantities.ts";
import type { Session } from "./session.ts";

type ProviderConfig = Config["llmProviders"][number];

/** Names of the variables in which people keep these providers' keys. */
const KEY_VARIABLES: Partial<Record<ProviderConfig["providerType"], string>> = {
  openai: "OPENAI_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  openrouter: "OPENROUTER_API_KEY",
};
const OWN_HOST = /(^|\.)(openai\.com|anthropic\.com|openrouter\.ai)$/;

/** Each provider asked for free through the bridge, which may be the directory's own; else what the configuration says. */
export async function providerFindings(
  session: Session,
  { serverRuns, mayOpen }: { serverRuns: boolean; mayOpen: boolean },
): Promise<Finding[]> {
  const { llmProviders } = session.config;
  const keyless = llmProviders.flatMap(keyFinding);
  const refused = new Set(llmProviders.filter(lacksKey).map(({ id }) => id));
  try {
    const asked = await askBridge(session, {}, async ({ url, client }) => [
      { level: "ok", check: "bridge", message: `answers at ${url}` } as const,
      ...(await probed(client, refused)),
    ]);
    if (asked !== null) return [...keyless, ...asked.value];
    const opened = mayOpen
      ? await openBridge(session, {}, ({ client }) => probed(client, refused))
      : null;
    if (opened !== null) return [...keyless, ...opened.value];
  } catch (error) {
    const { message, fix } = failureOf(error, { colour: false });
    const finding = { level: "fail", check: "bridge", message } as const;
    return [...keyless, fix === undefined ? finding : { ...finding, fix }];
  }
  const known = llmProviders.filter((provider) => !lacksKey(provider)).map(configuredFinding);
  return [...silentBridge(session, serverRuns), ...keyless, ...known];
}

/** A bridge that should answer and does not. */
function silentBridge(session: Session, serverRuns: boolean): Finding[] {
  const { llmBridgeUrl, services } = session.config;
  const url = bridgeUrlOf(session, {});
  const isExpected = llmBridgeUrl !== undefined || (serverRuns && services.includes("bridge"));
  if (url === null || !isExpected) return [];
  const fix =
    llmBridgeUrl === undefined
      ? "Start Sekha again with all its services: sekha start."
      : "Start it there (sekha start bridge), or correct llm_bridge_url (LLM_BRIDGE_URL).";
  return [{ level: "warn", check: "bridge", message: `nothing answers at ${url}`, fix }];
}

async function probed(client: BridgeClient, known: ReadonlySet<string>): Promise<Finding[]> {
  const { providers } = await client.providersHealth();
  // What lacks its key is told already, and would only be refused.
  const ids = Object.keys(providers).filter((id) => !known.has(id));
  const results = await Promise.all(ids.map((provider_id) => client.testProvider({ provider_id })));
  const missing = missingModels(await client.models(), results);
  return [
    ...results.map(({ provider_id: id, success, latency_ms, error }): Finding => {
      const check = "provider";
      if (success) {
        return { level: "ok", check, message: `${id} answers in ${Math.round(latency_ms)} ms` };
      }
      const fix = `Put it right, then ask again: sekha providers test ${id}`;
      return { level: "fail", check, message: `${id}: ${error ?? "does not answer"}`, fix };
    }),
    ...missing.map(({ provider, model }): Finding => {
      const message = `${provider} has no model ${model}`;
      return { level: "warn", check: "provider", message, fix: `Fetch it: ollama pull ${model}` };
    }),
  ];
}

function configuredFinding({ id, providerType, models }: ProviderConfig): Finding {
  const text = formatNumber(models.length, "model");
  const later = providerType === "builtin" ? "inside Sekha" : "asked when Sekha runs";
  return { level: "ok", check: "provider", message: `${id} (${providerType}), ${text}, ${later}` };
}

function keyFinding(provider: ProviderConfig): Finding[] {
  const variable = KEY_VARIABLES[provider.providerType];
  // Without a base_url the configuration's own warning says it already.
  const isTold = provider.baseUrl === undefined;
  if (variable === undefined || isTold || !lacksKey(provider)) return [];
  const message = `${provider.id} has no key and will refuse every request`;
  const fix = `Set ${variable}, and write \`api_key: \${${variable}}\` for ${provider.id}.`;
  return [{ level: "warn", check: "provider", message, fix }];
}

/** At its maker's own address; a server that only speaks the protocol may need no key. */
function lacksKey({ providerType, apiKey, apiKeys, baseUrl }: ProviderConfig): boolean {
  if (KEY_VARIABLES[providerType] === undefined) return false;
  if (apiKey !== undefined || apiKeys.length > 0) return false;
  return baseUrl === undefined || OWN_HOST.test(new URL(baseUrl).hostname);
}
