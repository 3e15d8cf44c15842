import type { HttpRequest } from "./http-request.ts";

const SANE = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's own id when it is harmless in logs and headers, otherwise a new one. */
export function requestIdOf(request: HttpRequest, newId: () => string): string {
  const given = request.headers.get("x-request-id");
  return given !== null && SANE.test(given) ? given : newId();
}
