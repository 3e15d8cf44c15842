import { SekhaApiError, type SekhaClient } from "@sekha/sdk";
import { CliError, usageError } from "./cli-error.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PREFIX = /^[0-9a-f-]{4,36}$/;
const SHOWN_CANDIDATES = 5;

/** The full id of a conversation from a unique beginning of it, at least 4 characters. */
export async function conversationId(client: SekhaClient, given: string): Promise<string> {
  const prefix = given.trim().toLowerCase();
  if (UUID.test(prefix)) return prefix;
  if (!PREFIX.test(prefix)) {
    throw usageError(
      `"${given}" is not the id of a conversation.`,
      "Give its first 4 or more characters, as `sekha list` and `sekha search` show them.",
    );
  }
  const found = await idsWith(client, prefix);
  const [first] = found;
  if (first === undefined) {
    throw new CliError(`There is no conversation whose id begins with ${prefix}.`, {
      fix: "`sekha list` shows what there is.",
    });
  }
  if (found.length === 1) return first;
  const shown = found.slice(0, SHOWN_CANDIDATES).join(", ");
  throw new CliError(`Several conversations begin with ${prefix}: ${shown}.`, {
    fix: "Give more characters.",
  });
}

async function idsWith(client: SekhaClient, prefix: string): Promise<string[]> {
  const { conversations } = await client.conversations.list({
    status: "all",
    id_prefix: prefix,
    limit: SHOWN_CANDIDATES + 1,
  });
  return conversations.map(({ id }) => id);
}

/** Turns the server's "not found" into what to do here. */
export function notFoundHere(error: unknown): unknown {
  if (!(error instanceof SekhaApiError) || error.status !== 404) return error;
  return new CliError(error.message, { fix: "`sekha list` shows what there is.", cause: error });
}
