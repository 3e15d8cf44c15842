import type { KeyScope, RouteAccess, RouteDefinition } from "@sekha/sdk/contract";
import { SekhaError } from "../core/errors.ts";
import type { HttpRequest } from "./http-request.ts";
import type { Principal } from "./request-context.ts";

/** Whether a caller with these scopes may do what needs this one; `admin` may do everything. */
export function hasScope(scopes: readonly KeyScope[], needed: KeyScope): boolean {
  return scopes.includes(needed) || scopes.includes("admin");
}

/** What this request needs of its route: a dry look reads, whatever the route does otherwise. */
export function neededAccess(
  { access, dryLook }: Pick<RouteDefinition, "access" | "dryLook">,
  request: HttpRequest,
): RouteAccess {
  return dryLook !== undefined && isSwitchedOn(request.headers.get(dryLook)) ? "read" : access;
}

/** Whether a header that is a switch is on: there, and not `0`, `false` or `off`. */
export function isSwitchedOn(header: string | null): boolean {
  return header !== null && !["", "0", "false", "off"].includes(header.trim().toLowerCase());
}

/**
 * The one gate before every route. It fails closed: without a caller nothing but an open route answers.
 * @throws SekhaError `unauthorized` without a caller, `forbidden` when the scope is missing.
 */
export function requireAccess(principal: Principal | undefined, access: RouteAccess): void {
  if (access === "open") return;
  if (principal === undefined) throw new SekhaError("unauthorized", "Unauthorized: who calls?");
  if (access === "any") return;
  if (!hasScope(principal.scopes, access)) throw missingScope(principal, access);
}

function missingScope({ keyId, name, scopes }: Principal, needed: KeyScope): SekhaError {
  const caller = keyId === null ? "This caller" : `The key '${name}'`;
  const has = scopes.length === 0 ? "no scope" : `the scopes ${scopes.join(", ")}`;
  return new SekhaError(
    "forbidden",
    `${caller} lacks the scope '${needed}': it has ${has}. Use a key with '${needed}'; an administrator makes one: sekha keys create NAME --scopes ${needed}.`,
  );
}
