import type { Config } from "../config/config.ts";
import type { RateLimitOptions } from "../http/rate-limit.ts";

/** The keys of the configuration that every service takes; `name` shows in logs. */
export function configuredKeys({
  mcpApiKey,
  restApiKey,
  additionalApiKeys,
}: Config): { key: string; name: string }[] {
  return [
    ...(mcpApiKey === undefined ? [] : [{ key: mcpApiKey, name: "mcp_api_key" }]),
    ...(restApiKey === undefined ? [] : [{ key: restApiKey, name: "rest_api_key" }]),
    ...additionalApiKeys.map((key, index) => ({ key, name: `additional_api_keys.${index}` })),
  ];
}

/** What opens a controller elsewhere: its own key, else one that every service of this configuration takes. */
export function controllerKeyOf(config: Config): string | undefined {
  return config.controllerApiKey ?? config.restApiKey ?? configuredKeys(config)[0]?.key;
}

/** Without a configured limit, programs on this machine have none. */
export function rateLimitOf(config: Config): RateLimitOptions {
  const { rateLimitPerMinute, rateLimitPerSecond, rateLimitBurst } = config;
  return {
    perMinute: rateLimitPerMinute ?? 1000,
    ...(rateLimitPerSecond === undefined ? {} : { perSecond: rateLimitPerSecond }),
    ...(rateLimitBurst === undefined ? {} : { burst: rateLimitBurst }),
    trustProxy: false,
    exemptLoopback: rateLimitPerMinute === undefined && rateLimitPerSecond === undefined,
  };
}
