import type { HttpRequest } from "./http-request.ts";
import { SekhaError } from "../core/errors.ts";
import type { KeyVerifier } from "./api-keys.ts";
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

/** Who calls. Rejects with `unauthorized` or `forbidden`. */
export async function authenticate(
  request: HttpRequest,
  context: RequestContext,
  options: AuthenticationOptions,
): Promise<Principal> {
  if (context.injected) {
    const keyId = context.keyId ?? null;
    const { owner = options.localOwner, scopes = ["read", "write"] } = context;
    return { owner, keyId, name: "in-process", scopes };
  }
  if (!options.required && !(await options.keys.configured())) {
    requireLocalCaller(request, context, options);
    const local = {
      owner: options.localOwner,
      keyId: null,
      name: "local",
      scopes: ALL_SCOPES,
    };
    return options.recogniseKeys ? ((await recognised(request, options)) ?? local) : local;
  }
  const key = keyOf(request);
  if (key === null) {
    throw new SekhaError(
      "unauthorized",
      "Unauthorized: send an API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`.",
    );
  }
  const principal = await options.keys.verify(key);
  if (principal !== null) return principal;
  throw new SekhaError("unauthorized", "Unauthorized: Invalid API key");
}

async function recognised(
  request: HttpRequest,
  { keys }: AuthenticationOptions,
): Promise<Principal | null> {
  const key = keyOf(request);
  return key === null ? null : keys.verify(key);
}

/** The key as Bearer (any case of the scheme) or X-API-Key; null without one. */
export function keyOf(request: HttpRequest): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return bearer ?? (request.headers.get("x-api-key")?.trim() || null);
}
