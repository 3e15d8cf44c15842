import type { Config } from "../../config/config.ts";
import type { Finding } from "./doctor-checks.ts";

const CHECK = "chroma";
const LIMIT_MS = 3000;
const GOES_ON = "Until then search goes by word, and new messages wait for their vectors.";

/** Whether ChromaDB answers, when the configuration names one. The memory's own health says whether it may be used. */
export async function checkChroma(
  { chromaUrl, chromaAuthToken }: Config,
  fetch: typeof globalThis.fetch,
): Promise<Finding[]> {
  if (chromaUrl === undefined) return [];
  const { origin } = new URL(chromaUrl);
  try {
    const response = await fetch(new URL("/api/v2/version", origin), {
      headers: chromaAuthToken === undefined ? {} : { authorization: `Bearer ${chromaAuthToken}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const text = await response.text();
    return [finding(origin, response.status, text)];
  } catch {
    // Refused, unknown host, too late: the same to a person.
    const fix = `Start it, or correct chroma_url (CHROMA_URL). ${GOES_ON}`;
    return [warning(`${origin} cannot be reached.`, fix)];
  }
}

function finding(origin: string, status: number, text: string): Finding {
  if (status === 401 || status === 403) {
    const fix = `Set chroma_auth_token to one that it accepts. ${GOES_ON}`;
    return warning(`${origin} refuses the token, or misses one (${status}).`, fix);
  }
  const [, version] = /^"?(\d+\.\d+\.\d+)"?$/.exec(text.trim()) ?? [];
  if (status === 200 && version !== undefined) {
    return { level: "ok", check: CHECK, message: `ChromaDB ${version} at ${origin}` };
  }
  const fix = `Sekha needs ChromaDB 1.0 or newer, and its own address. ${GOES_ON}`;
  return warning(`${origin} does not answer as ChromaDB does (${status}).`, fix);
}

function warning(message: string, fix: string): Finding {
  return { level: "warn", check: CHECK, message, fix };
}
