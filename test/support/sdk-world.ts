import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDER_KEY, providersYaml } from "./proxy-world.ts";
import { startScriptedProvider } from "./scripted-provider/scripted-provider.ts";
import type { SuitePlace } from "./sdk-consumers/suite.ts";
import { SekhaProcess } from "./sekha-process.ts";

const API_KEY = "sk-sekha-for-the-suite-of-the-sdk-0123456789ab";
const MODELS = { whole: "chat-openai", cut: "chat-openrouter", stalled: "chat-litellm" };
/** Longer than any client waits here. */
const SILENCE_MS = 60_000;

/** The whole program with a key and a scripted provider, for consumers of the SDK. */
export interface SdkWorld {
  sekha: SekhaProcess;
  folder: string;
  place(name: string): SuitePlace;
  stop(): Promise<void>;
}

export async function startSdkWorld(): Promise<SdkWorld> {
  const folder = mkdtempSync(join(tmpdir(), "sekha-sdk-"));
  const provider = await startScriptedProvider({ keys: [PROVIDER_KEY] });
  provider.script({ kind: "cut", afterTokens: 1 }, { model: MODELS.cut });
  const stall = { kind: "stall", afterTokens: 1, ms: SILENCE_MS } as const;
  provider.script(stall, { model: MODELS.stalled });
  writeFileSync(join(folder, "config.yaml"), providersYaml(provider.origin));
  const sekha = await SekhaProcess.start({
    dataDirectory: join(folder, "data"),
    apiKey: API_KEY,
    environment: {
      SEKHA__CONFIG_FILE: join(folder, "config.yaml"),
      SEKHA__REST_API_KEY: API_KEY,
      SEKHA__AUTH__BRIDGE: "key",
      SEKHA__PROXY__MEMORY_TIMEOUT_MS: "10000",
    },
  });
  return {
    sekha,
    folder,
    place: (name) => ({
      folder: `/sdk/${name}`,
      controllerURL: sekha.url,
      bridgeURL: sekha.bridgeUrl,
      proxyURL: sekha.proxyUrl,
      apiKey: API_KEY,
      models: MODELS,
    }),
    stop: async () => {
      await sekha.kill();
      await provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
