import type { ControllerRoutes, KeyResponse, KeyScope } from "@sekha/sdk/contract";
import type { Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { ApiKey } from "../../core/ports/key-store.ts";
import { apiKeyPrefix, generateApiKey, hashApiKey } from "../../http/api-keys.ts";
import { hasScope } from "../../http/route-access.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import { isoTimeOf } from "./conversation-mapping.ts";
import type { ControllerServices } from "./services.ts";

type KeyRoutes = Pick<
  ControllerRoutes,
  "whoami" | "listKeys" | "createKey" | "rotateKey" | "revokeKey"
>;
type Services = Pick<ControllerServices, "keys" | "clock" | "newId">;

const DAY_MS = 86_400_000;

/** Every change is told to the verifiers by the store itself, so that it holds at once. */
export function keyHandlers(services: Services): RouteHandlers<KeyRoutes> {
  const { keys, clock, newId } = services;
  const now = () => Math.round(clock());
  return {
    whoami: async (_input, { owner, keyId, scopes }) => ({
      user: owner,
      key_id: keyId,
      scopes: [...scopes],
    }),

    listKeys: async ({ query }, call) => {
      const user = query.user ?? call.owner;
      if (user !== call.owner) requireAdmin(call, "keys of other users");
      const found = user === "*" ? await keys.all() : await keys.list(user);
      return { keys: found.map((key) => keyToWire(key, now())) };
    },

    createKey: async ({ body }, call) => {
      const owner = body.user ?? call.owner;
      const secret = generateApiKey();
      const key: ApiKey = {
        id: newId(),
        owner,
        name: body.name,
        prefix: apiKeyPrefix(secret),
        scopes: body.scopes ?? defaultScopes(owner, call),
        createdAt: now(),
        expiresAt: expiryOf(body, now()) ?? null,
        rotatedAt: null,
        previousUntil: null,
        lastUsedAt: null,
        revokedAt: null,
      };
      await keys.create(key, hashApiKey(secret));
      return { ...keyToWire(key, now()), key: secret };
    },

    rotateKey: async ({ params, query, body }, call) => {
      const key = await manageable(services, call, { id: params.id, user: query.user });
      const expiresAt = expiryOf(body ?? {}, now());
      if (expiresAt !== undefined) requireAdmin(call, "another expiry");
      const secret = generateApiKey();
      const at = now();
      const rotated = await keys.rotate(key.owner, key.id, {
        prefix: apiKeyPrefix(secret),
        hash: hashApiKey(secret),
        now: at,
        previousUntil: at + Math.round((body?.grace_seconds ?? 0) * 1000),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      return { ...keyToWire(rotated, at), key: secret };
    },

    revokeKey: async ({ params, query }, call) => {
      const key = await manageable(services, call, { id: params.id, user: query.user });
      if (!hasScope(call.scopes, "admin")) await requireOthers(services, key);
      return keyToWire(await keys.revoke(key.owner, key.id, now()), now());
    },
  };
}

/** A key of one's own is as strong as what made it; one for somebody else opens that memory and no more. */
function defaultScopes(owner: Owner, call: RouteCall): KeyScope[] {
  return owner === call.owner ? [...call.scopes] : ["read", "write"];
}

/** When a key is to end; undefined when nothing was asked for. */
function expiryOf(
  body: { expires_in_days?: number | null | undefined; expires_at?: number | null | undefined },
  now: number,
): number | undefined {
  const { expires_in_days: days, expires_at: at } = body;
  if (typeof days === "number" && typeof at === "number") {
    throw invalidExpiry("expires_at", "give either expires_at or expires_in_days");
  }
  if (typeof days === "number") return now + Math.ceil(days * DAY_MS);
  if (typeof at !== "number") return undefined;
  if (at <= now) throw invalidExpiry("expires_at", "must lie in the future");
  return at;
}

function invalidExpiry(path: string, message: string): SekhaError {
  return new SekhaError("validation_failed", `${path}: ${message}.`, {
    details: [{ path, message }],
  });
}

/**
 * The live key that is meant. An administrator's may be anyone's (a name is looked for among his own, unless `user` says
 * whose); without that scope a key manages itself only, so that a weak key neither takes a stronger one's secret nor
 * ends it. What may not be seen is answered like what does not exist.
 */
async function manageable(
  { keys }: Services,
  call: RouteCall,
  { id, user }: { id: string; user: string | undefined },
): Promise<ApiKey> {
  const missing = new SekhaError("not_found", "No such key, or it is revoked already");
  if (!hasScope(call.scopes, "admin")) {
    if (user !== undefined && user !== call.owner) requireAdmin(call, "keys of other users");
    const own = newestLive(await keys.list(call.owner), id);
    if (own === undefined) throw missing;
    if (own.id !== call.keyId) requireAdmin(call, "any key but itself");
    return own;
  }
  const owner = user ?? call.owner;
  const found =
    newestLive(await keys.list(owner), id) ??
    (user === undefined ? (await keys.all()).find((key) => isLive(key) && key.id === id) : null);
  if (!found) throw missing;
  return found;
}

function newestLive(keys: readonly ApiKey[], idOrName: string): ApiKey | undefined {
  const live = keys.filter(isLive);
  return live.find((key) => key.id === idOrName) ?? live.findLast((key) => key.name === idOrName);
}

function isLive(key: ApiKey): boolean {
  return key.revokedAt === null;
}

/** Without any key this machine's programs need none and may do everything: that door only an administrator opens. */
async function requireOthers({ keys }: Services, key: ApiKey): Promise<void> {
  const others = (await keys.all()).filter((other) => isLive(other) && other.id !== key.id);
  if (others.length > 0) return;
  throw new SekhaError(
    "conflict",
    "This is the last key: without it programs on this machine would need none. Make another key first, or revoke it on the server: sekha keys revoke.",
  );
}

function requireAdmin(call: RouteCall, what: string): void {
  if (hasScope(call.scopes, "admin")) return;
  throw new SekhaError(
    "forbidden",
    `This key lacks the scope 'admin', which ${what} need${what.startsWith("keys") ? "" : "s"}.`,
  );
}

function keyToWire(key: ApiKey, now: number): KeyResponse {
  const time = (value: number | null) => (value === null ? null : isoTimeOf(value));
  const { previousUntil } = key;
  return {
    id: key.id,
    user: key.owner,
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    state: keyState(key, now),
    created_at: isoTimeOf(key.createdAt),
    expires_at: time(key.expiresAt),
    rotated_at: time(key.rotatedAt),
    previous_until: previousUntil !== null && previousUntil > now ? time(previousUntil) : null,
    last_used_at: time(key.lastUsedAt),
    revoked_at: time(key.revokedAt),
  };
}

export function keyState(key: ApiKey, now: number): KeyResponse["state"] {
  if (key.revokedAt !== null) return "revoked";
  return key.expiresAt !== null && key.expiresAt <= now ? "expired" : "works";
}
