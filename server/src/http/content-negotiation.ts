import type { HttpRequest } from "./http-request.ts";

/** The old JavaScript SDK parses every answer as JSON, whatever it asked for (wire.md §1.4). */
const JSON_ONLY_CLIENT = /^Sekha-JS-SDK\//;

/** Whether the caller is the old JavaScript SDK, in any version. */
export function isOldJavaScriptSdk(request: HttpRequest): boolean {
  return JSON_ONLY_CLIENT.test(request.headers.get("user-agent") ?? "");
}

/** Whether a caller of a route that can answer text wants JSON instead. */
export function prefersJson(request: HttpRequest): boolean {
  if (isOldJavaScriptSdk(request)) return true;
  const accepted = (request.headers.get("accept") ?? "").split(",").map(parseRange);
  const json = accepted.find((range) => range.type === "application/json");
  if (json === undefined || json.quality === 0) return false;
  const others = accepted.filter((range) => range !== json && !range.type.includes("*"));
  return others.every(
    (range) =>
      range.quality < json.quality ||
      (range.quality === json.quality && accepted.indexOf(range) > accepted.indexOf(json)),
  );
}

function parseRange(range: string): { type: string; quality: number } {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
}
