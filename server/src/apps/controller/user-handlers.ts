import type { ControllerRoutes, UserResponse } from "@sekha/sdk/contract";
import type { Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import { isoTimeOf } from "./conversation-mapping.ts";
import { keyState } from "./key-handlers.ts";
import type { ControllerServices } from "./services.ts";

type UserRoutes = Pick<ControllerRoutes, "listUsers" | "eraseUser">;
type Services = Pick<
  ControllerServices,
  "users" | "keys" | "store" | "conversations" | "jobs" | "clock"
>;

const USERS = 100;
/** Conversations erased in one transaction: other writes wait no longer than it. */
const ERASED_AT_ONCE = 100;

/** Who shares this memory. */
export function userHandlers(services: Services): RouteHandlers<UserRoutes> {
  return {
    listUsers: async ({ query: { limit = USERS, offset = 0 } }) => {
      const all = await services.users.list();
      const page = all.slice(offset, offset + limit);
      return {
        users: await Promise.all(page.map((owner) => describeUser(services, owner))),
        total: all.length,
      };
    },

    eraseUser: async ({ params: { name }, query }) => {
      if (query.confirm !== name) {
        throw new SekhaError(
          "invalid_request",
          `This erases everything of the user '${name}' and cannot be undone. If you mean it, add ?confirm=${name}`,
        );
      }
      if (!(await services.users.list()).includes(name)) {
        throw new SekhaError("not_found", "There is no such user");
      }
      return { success: true, user: name, ...(await eraseUser(services, name)) };
    },
  };
}

async function describeUser({ keys, store, clock }: Services, owner: Owner): Promise<UserResponse> {
  const [counts, own] = await Promise.all([store.counts(owner, {}), keys.list(owner)]);
  const lastUsedAt = Math.max(...own.map((key) => key.lastUsedAt ?? 0), 0);
  return {
    name: owner,
    conversations: counts.total,
    keys: own.filter((key) => keyState(key, clock()) === "works").length,
    last_used_at: lastUsedAt === 0 ? null : isoTimeOf(lastUsedAt),
  };
}

/** The keys end first, so that nothing comes after what was erased. */
async function eraseUser(
  services: Services,
  owner: Owner,
): Promise<{ conversations: number; keys: number }> {
  const { keys, clock, users } = services;
  const own = await keys.list(owner);
  for (const key of own) {
    if (key.revokedAt === null) await keys.revoke(owner, key.id, Math.round(clock()));
  }
  await requireNoWork(services, owner);
  const conversations = await eraseConversations(services, owner);
  await services.conversations.ownerErased(owner);
  await users.erase(owner);
  return { conversations, keys: own.length };
}

async function requireNoWork({ jobs }: Services, owner: Owner): Promise<void> {
  const job = (await jobs.unfinished()).find((unfinished) => unfinished.owner === owner)?.job;
  if (job === undefined) return;
  throw new SekhaError(
    "conflict",
    `This user's keys are revoked, but the job ${job.id} (${job.kind}) still runs. Erase the user again when it is done.`,
  );
}

async function eraseConversations(
  { store, conversations }: Services,
  owner: Owner,
): Promise<number> {
  for (let erased = 0; ; ) {
    const ids = await store.ids(owner, {}, ERASED_AT_ONCE);
    if (ids.length === 0) return erased;
    erased += (await conversations.erase(owner, ids)).length;
  }
}
