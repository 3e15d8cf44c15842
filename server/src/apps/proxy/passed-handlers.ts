import { PASSED_ROUTES } from "@sekha/sdk/contract";
import { readBytes } from "../../http/body-bytes.ts";
import type { RouteHandler, RouteHandlers } from "../../http/route-binding.ts";
import { forward } from "./bridge-target.ts";
import type { ExchangeOptions } from "./exchange.ts";

/** Routes without memory: what comes goes to the bridge, and its answer back, as they are. */
export function passedHandlers(
  options: Pick<ExchangeOptions, "bridge" | "bodyLimit" | "timeoutMs">,
): RouteHandlers<typeof PASSED_ROUTES> {
  const pass: RouteHandler<(typeof PASSED_ROUTES)["embeddings"]> = async (_input, call) => {
    const isRead = call.request.method === "GET" || call.request.method === "HEAD";
    const body = isRead ? undefined : await readBytes(call.request, options.bodyLimit);
    return forward(call, body as Uint8Array<ArrayBuffer> | undefined, options);
  };
  const names = Object.keys(PASSED_ROUTES);
  return Object.fromEntries(names.map((name) => [name, pass])) as unknown as RouteHandlers<
    typeof PASSED_ROUTES
  >;
}
