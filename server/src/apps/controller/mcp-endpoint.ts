import type { SekhaError } from "../../core/errors.ts";
import type { HttpAnswer } from "../../http/answer.ts";
import { controllerErrorBody } from "../../http/error-response.ts";
import type { HttpApp } from "../../http/http-app.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import { jsonResponse } from "../../http/json-response.ts";
import { requireAccess } from "../../http/route-access.ts";
import { callOf } from "../../http/route-binding.ts";
import type { ControllerServices } from "./services.ts";

/**
 * The streamable HTTP transport of MCP. No route of the table: its requests and answers are the protocol's own. What a
 * caller may do is asked again for each tool, by the routes that the tools stand on.
 */
export function serveMcp(app: HttpApp, { mcp }: Pick<ControllerServices, "mcp">): void {
  app.all("/mcp", async (call) => {
    requireAccess(call.principal, "read");
    return (await mcp()).serve(call.request, callOf(call));
  });
}

/** Version 1's envelope around what went wrong with a tool. */
export function mcpErrorBody(error: SekhaError, requestId: string, request: HttpRequest): object {
  const body = controllerErrorBody(error, requestId);
  return isToolRequest(request) ? { success: false, data: null, ...body } : body;
}

/** Version 1's words and statuses for a caller of a tool without a key that holds (wire.md §1B). */
export function toolRefusal(request: HttpRequest, answer: HttpAnswer): HttpAnswer {
  if (answer.status !== 401 || !isToolRequest(request)) return answer;
  const authorization = request.headers.get("authorization");
  const [status, error] = refusalOf(authorization);
  const headers = Object.fromEntries(answer.headers);
  const requestId = answer.headers.get("x-request-id");
  const type = status === 400 ? "invalid_request" : "unauthorized";
  const body = { success: false, data: null, error, code: status, type, request_id: requestId };
  const { "content-length": _, ...kept } = headers;
  return jsonResponse(body, { status, headers: kept });
}

function refusalOf(authorization: string | null): [status: number, error: string] {
  if (authorization === null) return [401, "Missing authorization header"];
  if (/^bearer +\S/i.test(authorization)) return [401, "Invalid API key"];
  return [400, "Invalid authorization format. Use: Bearer <token>"];
}

function isToolRequest(request: HttpRequest): boolean {
  return /\/mcp\/tools(?:\/|$)/.test(new URL(request.url).pathname);
}
