import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Product, startProduct } from "./product.ts";

/** A product with bridge and proxy. */
export interface ProxiedProduct extends Product {
  readonly proxy: string;
  readonly bridge: string;
}

const PATHS = { openai: "/v1", anthropic: "", ollama: "" };

/**
 * Starts all services in one process, on a copy of a memory: what is said while it is measured must not be found by the
 * next measurement. `provider` is the origin of a scripted one, which plays every type; the model of each is `chat-TYPE`.
 */
export async function startProxied(
  memory: string,
  { provider, proxy = {} }: { provider: string; proxy?: object },
): Promise<ProxiedProduct> {
  const folder = mkdtempSync(join(tmpdir(), "sekha-proxied-"));
  const directory = join(folder, "data");
  const isLeft = (path: string) => /\.before-migration-\d+$|server\.lock$/.test(path);
  cpSync(memory, directory, { recursive: true, filter: (path) => !isLeft(path) });
  const configuration = { llm_providers: providersAt(provider), proxy };
  const product = await startProduct(directory, { configuration });
  return {
    ...product,
    proxy: product.urls.proxy ?? "",
    bridge: product.urls.bridge ?? "",
    stop: async () => {
      await product.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function providersAt(origin: string): object[] {
  return Object.entries(PATHS).map(([type, path]) => ({
    id: `the-${type}`,
    provider_type: type,
    base_url: `${origin}${path}`,
    api_key: "test-key",
    free: true,
    models: [{ model_id: `chat-${type}`, task: "chat_smart", context_window: 128_000 }],
  }));
}
