import type { ControllerRoutes, KeyResponse } from "@sekha/sdk/contract";
import type { ApiKey } from "../../core/ports/key-store.ts";
import { apiKeyPrefix, generateApiKey, hashApiKey, type KeyVerifier } from "../../http/api-keys.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import { isoTimeOf } from "./conversation-mapping.ts";
import type { ControllerServices } from "./services.ts";

type KeyRoutes = Pick<ControllerRoutes, "listKeys" | "createKey" | "revokeKey">;

/** `verifier` is told of every change, so that it holds at once. */
export function keyHandlers(
  { keys, clock, newId }: ControllerServices,
  verifier: KeyVerifier,
): RouteHandlers<KeyRoutes> {
  return {
    listKeys: async (_input, { owner }) => ({ keys: (await keys.list(owner)).map(keyToWire) }),

    createKey: async ({ body }, { owner }) => {
      const secret = generateApiKey();
      const key: ApiKey = {
        id: newId(),
        owner,
        name: body.name,
        prefix: apiKeyPrefix(secret),
        createdAt: Math.round(clock()),
        lastUsedAt: null,
        revokedAt: null,
      };
      await keys.create(key, hashApiKey(secret));
      verifier.forget();
      return { ...keyToWire(key), key: secret };
    },

    revokeKey: async ({ params }, { owner }) => {
      const key = await keys.revoke(owner, params.id, Math.round(clock()));
      verifier.forget();
      return keyToWire(key);
    },
  };
}

function keyToWire(key: ApiKey): KeyResponse {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    created_at: isoTimeOf(key.createdAt),
    last_used_at: key.lastUsedAt === null ? null : isoTimeOf(key.lastUsedAt),
    revoked_at: key.revokedAt === null ? null : isoTimeOf(key.revokedAt),
  };
}
