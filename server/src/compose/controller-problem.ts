import type { SekhaClient } from "@sekha/sdk";
import { controllerFailure } from "../apps/proxy/memory/controller-failure.ts";

const TIMEOUT_MS = 3000;

/** Why the proxy's memory cannot be recalled from the controller, for people; null: it can. Never rejects. */
export async function controllerProblem(client: SekhaClient): Promise<string | null> {
  const options = { timeout: TIMEOUT_MS, retries: 0 };
  try {
    const { status } = await client.health(options);
    if (status === "unhealthy") return "it cannot read or write its rows";
    // Its health is open to everybody; memory is not.
    await client.conversations.list({ limit: 1 }, options);
    return null;
  } catch (error) {
    return controllerFailure(error);
  }
}
