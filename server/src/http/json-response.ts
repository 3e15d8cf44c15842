import { withPipe } from "./piped-response.ts";
import { ResponseHeaders } from "./response-headers.ts";

/** A JSON answer with its length, which the request log and clients read. */
export function jsonResponse(
  body: unknown,
  options: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return jsonTextResponse(JSON.stringify(body), options);
}

/** The same for JSON that is text already. */
export function jsonTextResponse(
  text: string,
  options: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const response = new Response(text, {
    status: options.status ?? 200,
    headers: new ResponseHeaders({
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(text)),
      ...options.headers,
    }),
  });
  return withPipe(response, (outgoing) => void outgoing.end(text));
}
