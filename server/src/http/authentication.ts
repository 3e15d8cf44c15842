import { SekhaError } from "../core/errors.ts";
import type { KeyVerifier } from "./api-keys.ts";
import type { HttpRequest } from "./http-request.ts";
import { type LocalCallerOptions, requireLocalCaller } from "./local-caller.ts";
import { ALL_SCOPES, type Principal, type RequestContext } from "./request-context.ts";

export interface AuthenticationOptions extends LocalCallerOptions {
  keys: KeyVerifier;
  /** True when the service listens beyond loopback: a key even while none is configured. */
  required: boolean;
  /** Whose memory a caller without a key reads. */
  localOwner: string;
  /** Whether a key that nobody needs still tells whose budget a call is; wrong ones count as none. */
  recogniseKeys?: boolean;
}

/** Who calls; a promise only where a store has to be asked. Throws, or rejects with, `unauthorized` or `forbidden`. */
export function authenticate(
  request: HttpRequest,
  context: RequestContext,
  options: AuthenticationOptions,
): Principal | Promise<Principal> {
  if (context.injected) {
    const keyId = context.keyId ?? null;
    const { owner = options.localOwner, scopes = ["read", "write"] } = context;
    return { owner, keyId, name: "in-process", scopes };
  }
  const needsKey = options.required || options.keys.configured();
  const asked = { request, context, options };
  if (needsKey === true) return byKey(asked);
  if (needsKey === false) return withoutKey(asked);
  return needsKey.then((needs) => (needs ? byKey(asked) : withoutKey(asked)));
}

interface Asked {
  request: HttpRequest;
  context: RequestContext;
  options: AuthenticationOptions;
}

function withoutKey({ request, context, options }: Asked): Principal | Promise<Principal> {
  requireLocalCaller(request, context, options);
  const local: Principal = {
    owner: options.localOwner,
    keyId: null,
    name: "local",
    scopes: ALL_SCOPES,
  };
  const key = options.recogniseKeys === true ? keyOf(request) : null;
  if (key === null) return local;
  const known = options.keys.verify(key);
  return known instanceof Promise ? known.then((found) => found ?? local) : (known ?? local);
}

function byKey({ request, options }: Asked): Principal | Promise<Principal> {
  const key = keyOf(request);
  if (key === null) {
    throw new SekhaError(
      "unauthorized",
      "Unauthorized: send an API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`.",
    );
  }
  const found = options.keys.verify(key);
  return found instanceof Promise ? found.then(known) : known(found);
}

function known(principal: Principal | null): Principal {
  if (principal !== null) return principal;
  throw new SekhaError("unauthorized", "Unauthorized: Invalid API key");
}

/** The key as Bearer (any case of the scheme) or X-API-Key; null without one. */
export function keyOf(request: HttpRequest): string | null {
  return (
    bearerOf(request.headers.get("authorization")) ??
    (request.headers.get("x-api-key")?.trim() || null)
  );
}

function bearerOf(authorization: string | null): string | undefined {
  if (authorization === null) return undefined;
  // As nearly every client sends it.
  if (authorization.startsWith("Bearer ") && !/\s/.test(authorization.slice(7))) {
    return authorization.slice(7) || undefined;
  }
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}
