import { createHash } from "node:crypto";
import { SekhaError } from "../../core/errors.ts";
import type { IdempotencyClaim } from "../../core/ports/conversation-store.ts";
import type { HttpRequest } from "../../http/http-request.ts";

/** The claim of an `Idempotency-Key` header; undefined without one. */
export function idempotencyClaimOf(
  request: HttpRequest,
  body: unknown,
): IdempotencyClaim | undefined {
  const key = request.headers.get("idempotency-key");
  if (key === null) return undefined;
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new SekhaError(
      "invalid_request",
      "Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID.",
    );
  }
  const bodyHash = createHash("sha256").update(canonicalJson(body)).digest("hex");
  return { key, bodyHash };
}

/** JSON with sorted keys: the same content gives the same text. Depth is bounded at the edge. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
