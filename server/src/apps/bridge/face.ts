import type { HttpRequest } from "../../http/http-request.ts";

/** Whose protocol a route speaks: it decides how failures are written. */
export type Face = "openai" | "anthropic" | "ollama" | "bridge";

const OLLAMA_PATH = /^\/api\/(?!v1\/)/;
const OPENAI_PATH = /^(?:\/v1\/|\/api\/v1\/chat\/completions\/?$)/;

export function faceOf(request: HttpRequest): Face {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/v1/messages")) return "anthropic";
  if (pathname.startsWith("/v1/models") && speaksAnthropic(request)) return "anthropic";
  if (OPENAI_PATH.test(pathname)) return "openai";
  return OLLAMA_PATH.test(pathname) ? "ollama" : "bridge";
}

/** Anthropic's clients send their version with everything; both kinds ask for models under one path. */
export function speaksAnthropic(request: HttpRequest): boolean {
  return request.headers.has("anthropic-version");
}
