import type { AssembledContextOutput } from "@sekha/sdk";
import type { BridgeTarget } from "./bridge-target.ts";
import type { MemoryRequest, PreparedMemory, ProxyMemory } from "./proxy-memory.ts";

/** The controller, as far as the proxy asks it beside what memory does. */
export interface ControllerLook {
  /** Where it is, for people; it may be in this process. */
  url: string;
  /** Null when it is well, else why not. Never rejects. */
  problem(): Promise<string | null>;
}

/** What memory would put into a prompt, and why. */
export interface DryLook extends Pick<PreparedMemory, "blocks" | "report"> {
  /** Everything that was considered for the newest turn; empty where nothing was asked. */
  candidates: NonNullable<AssembledContextOutput["candidates"]>;
}

/** All that the proxy's routes stand on. */
export interface ProxyServices {
  bridge: BridgeTarget;
  memory: ProxyMemory;
  controller: ControllerLook;
  /** The same as preparing, but nothing is frozen, kept or noted. */
  look(request: MemoryRequest): Promise<DryLook>;
  /** Milliseconds since the epoch; with fractions, durations get finer. */
  clock: () => number;
  /** A new UUID, in lower case. */
  newId: () => string;
}

/** What holds for requests that say nothing else. */
export interface ProxyDefaults {
  /** Whether memory is put into prompts. */
  recall: boolean;
  folder: string;
  excludedFolders: readonly string[];
  preferredLabels: readonly string[];
  contextBudget: number;
  /** Models for requests that name none; undefined: the bridge's own default. */
  chatModel: string | undefined;
  visionModel: string | undefined;
}
