import type SekhaDefault from "@sekha/sdk";
import {
  type AssembledContextOutput,
  type ChatChunk,
  type ConversationOutput,
  createSekhaClient,
  isValidStatus,
  type SekhaAPIError,
  SekhaApiError,
  SekhaClient,
} from "@sekha/sdk";
import { type SearchRequest, searchBody } from "@sekha/sdk/contract";

/** Compiled with strict and never run: what has the wrong type here does not compile, and what must not compile does not. */
type Same<Left, Right> =
  (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;

export const SAME_NAMES: Same<typeof SekhaDefault, typeof SekhaClient> = true;
export const SAME_ERRORS: Same<typeof SekhaAPIError, typeof SekhaApiError> = true;

const client = createSekhaClient({ controllerURL: "http://localhost:8080", apiKey: undefined });

// @ts-expect-error The controller's address is needed.
export const WITHOUT_ADDRESS = new SekhaClient({});

export async function answersAreTyped(): Promise<void> {
  const stored = await client.conversations.create({ messages: [{ role: "user", content: "x" }] });
  const asOutput: ConversationOutput = stored;
  const status: "active" | "archived" | "pinned" = asOutput.status;
  const { results } = await client.search({ query: status, limit: 5, mode: "hybrid" });
  // @ts-expect-error There may be no first hit.
  results[0].score.toFixed(2);
  const context: AssembledContextOutput = await client.context.assemble({ query: "x" });
  context.assembled_context.trim();
  for await (const chunk of client.bridge.stream({ messages: [{ role: "user", content: "x" }] })) {
    const typed: ChatChunk = chunk;
    typed.choices[0]?.delta.content?.trim();
  }
  const vectors = await client.bridge.embed(["x"]);
  vectors[0]?.[0]?.toFixed(2);
  const { total_results } = await client.memory.call("memory_search", { query: "x" });
  total_results.toFixed();
}

export function wrongRequestsDoNotCompile(): void {
  // @ts-expect-error The query is needed.
  void client.search({});
  // @ts-expect-error There is no such mode.
  void client.search({ query: "x", mode: "telepathy" });
  // @ts-expect-error There is no such tool.
  void client.memory.call("memory_drop", {});
  // @ts-expect-error Tags are a list.
  void client.conversations.addTags("id", "kitchen");
  // @ts-expect-error Messages are needed.
  void client.conversations.create({ label: "x" });
}

export function errorsAreTold(error: unknown): string | null {
  return error instanceof SekhaApiError && error.status === 404 ? error.requestId : null;
}

export function statusesNarrow(value: unknown): "active" | "archived" | "pinned" | null {
  return isValidStatus(value) ? value : null;
}

export function theContractChecks(value: unknown): SearchRequest | null {
  return searchBody.safeParse(value).success ? (value as SearchRequest) : null;
}
