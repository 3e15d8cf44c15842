import type { RouteDefinition } from "@sekha/sdk/contract";
import type { Tenant } from "./tenant-world.ts";

/** How one route is tried with somebody else's key. */
export interface Trespass {
  /** Values of the path's parameter that are the victim's alone. */
  params?: (victim: Tenant) => readonly string[];
  /** Values that both have; the route then works on the caller's own. */
  shared?: (victim: Tenant) => readonly string[];
  /** With `?` and all. */
  queries?: (victim: Tenant) => readonly string[];
  /** Sent as JSON. */
  bodies?: (victim: Tenant) => readonly unknown[];
  /** Sent as it is. */
  upload?: (victim: Tenant) => string;
  headers?: (victim: Tenant) => Readonly<Record<string, string>>;
  /** What the answer repeats of the question, which is no news. */
  echoed?: RegExp;
  /** The answer to the victim's values; below 500 for those that both have. */
  status: number;
}

/** A case for every route: one without does not compile. */
export type Trespasses<T extends Record<string, RouteDefinition>> = {
  readonly [Name in keyof T]: Trespass;
};

export interface Attempt {
  path: string;
  init: RequestInit;
  /** Undefined: anything below 500. */
  status: number | undefined;
}

/** Every combination, on the route's own path and on every other name of it. */
export function attemptsOf(
  route: RouteDefinition,
  trespass: Trespass,
  victim: Tenant,
): readonly Attempt[] {
  const { params, shared, queries, status } = trespass;
  const own = params?.(victim).map((value) => ({ value, status })) ?? [];
  const both = shared?.(victim).map((value) => ({ value, status: undefined })) ?? [];
  const targets = params === undefined ? [{ value: "", status }] : [...own, ...both];
  const inits = initsOf(route, trespass, victim);
  return [route.path, ...(route.aliases ?? [])].flatMap((path) =>
    targets.flatMap((target) =>
      (queries?.(victim) ?? [""]).flatMap((query) =>
        inits.map((init) => ({
          path: path.replace(/\{\w+\+?\}/, encodeURIComponent(target.value)) + query,
          init,
          status: target.status,
        })),
      ),
    ),
  );
}

function initsOf(
  { method }: RouteDefinition,
  { bodies, upload, headers: headersFor }: Trespass,
  victim: Tenant,
): RequestInit[] {
  const headers = headersFor?.(victim) ?? {};
  if (upload !== undefined) {
    const type = { "Content-Type": "application/octet-stream" };
    return [{ method, headers: { ...type, ...headers }, body: upload(victim) }];
  }
  if (bodies === undefined) return [{ method, headers }];
  return bodies(victim).map((body) => ({
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  }));
}
