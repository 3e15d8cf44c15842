import type { SekhaClient } from "@sekha/sdk";

/** What of the SDK the proxy's memory speaks. */
export type MemoryClient = Pick<SekhaClient, "conversations" | "context">;
