import type { SekhaClient } from "@sekha/sdk";
import type { Log } from "../../../core/log.ts";
import type { ProxyStore } from "../../../core/ports/proxy-store.ts";
import type { PreparedMemory, ProxyMemory } from "../proxy-memory.ts";

/** What of the SDK the proxy's memory speaks. */
export type MemoryClient = Pick<SekhaClient, "conversations" | "context">;

export interface ProxyMemorySettings {
  /** Milliseconds that recall may take before a request goes on without it (`proxy.memory_timeout_ms`). */
  timeoutMs: number;
}

export interface ProxyMemoryDependencies {
  /** The controller as one owner sees it; called for every use, so keep the clients. */
  clientOf: (owner: string) => MemoryClient;
  /** `openProxyDatabase(file)` in storage/proxy gives one. */
  store: ProxyStore;
  settings: ProxyMemorySettings;
  log: Log;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** A new UUID. */
  newId: () => string;
}

/** Memory over a controller and the proxy's own store; begins to deliver what waits at once. */
export function createProxyMemory(_dependencies: ProxyMemoryDependencies): ProxyMemory {
  return {
    prepare: async (): Promise<PreparedMemory> => ({
      blocks: [],
      report: {
        recall: "off",
        conversationId: null,
        contextUsed: [],
        contextTokens: 0,
        rebuilt: false,
        tookMs: 0,
        note: null,
      },
      capture: async () => undefined,
    }),
    waiting: () => 0,
    close: async () => undefined,
  };
}
