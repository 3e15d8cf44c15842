import { checkPort, type Finding } from "./doctor-checks.ts";
import { reachable, type Session } from "./session.ts";

const TIMEOUT_MS = 5000;

/** Where the proxy of this configuration should be; null where it runs none, or on a port not known beforehand. */
export function proxyUrlOf({ config, options }: Session): string | null {
  const { host, port } = config.proxy;
  if (options.apiUrl !== undefined || !config.services.includes("proxy") || port === 0) return null;
  return reachable(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
}

/** What the proxy says of itself; null when it does not answer. */
export async function proxyHealth(url: string): Promise<ProxyState | null> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return (await response.json()) as ProxyState;
  } catch {
    // Nothing listens, or it is no proxy: the caller says so.
    return null;
  }
}

interface ProxyState {
  status: string;
  checks?: Record<string, { status: string; error?: string }>;
}

/** For `sekha doctor`: whether the proxy answers, or could. */
export async function proxyFindings(
  session: Session,
  { serverRuns }: { serverRuns: boolean },
): Promise<Finding[]> {
  const url = proxyUrlOf(session);
  if (url === null) return [];
  if (!serverRuns) return [await checkPort(session.config.proxy, "proxy")];
  const health = await proxyHealth(url);
  const check = "proxy";
  if (health === null) {
    const fix = "Start Sekha again with all its services: sekha start.";
    return [{ level: "warn", check, message: `nothing answers at ${url}`, fix }];
  }
  if (health.status === "healthy") return [{ level: "ok", check, message: `answers at ${url}` }];
  const reasons = Object.entries(health.checks ?? {})
    .filter(([, { status }]) => status !== "ok")
    .map(([name, { error }]) => `${name}: ${error ?? "out"}`);
  const message = `${health.status} at ${url} (${reasons.join("; ")})`;
  const fix =
    "Put right what it names: controller_url, llm_bridge_url, the providers, or body_limits.controller.";
  return [{ level: health.status === "unhealthy" ? "fail" : "warn", check, message, fix }];
}
