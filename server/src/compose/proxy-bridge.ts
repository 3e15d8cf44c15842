import type { BridgeApp } from "../apps/bridge/bridge-app.ts";
import type { BridgeTarget } from "../apps/proxy/bridge-target.ts";

/** The bridge of this process: who calls travels beside the request, never in headers that a caller could forge. */
export function injectedBridge(app: BridgeApp, url: string): BridgeTarget {
  return {
    url,
    fetch: ({ method, path, headers, body, call, signal }) =>
      app.fetch(
        new Request(`http://sekha.internal${path}`, {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
        }),
        {
          owner: call.owner,
          ...(call.keyId === null ? {} : { keyId: call.keyId }),
          scopes: call.scopes,
          // Files of this machine are for programs on it alone.
          peerAddress: call.localCaller ? null : "elsewhere",
          injected: true,
          signal,
        },
      ),
  };
}

/** Of one connection, or of bytes that fetch has unpacked. */
const OF_THE_CONNECTION = [
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-encoding",
  "content-length",
  "date",
];

/** The bridge of another process (`llm_bridge_url`). */
export function remoteBridge({
  url,
  apiKey,
}: {
  /** Without a slash at the end, or with one. */
  url: string;
  apiKey: string | undefined;
}): BridgeTarget {
  const origin = url.replace(/\/+$/, "");
  return {
    url: origin,
    fetch: async ({ method, path, headers, body, call, signal }) => {
      // Whose costs they are; a bridge takes it from its own key alone.
      headers.set("x-sekha-owner", encodeURIComponent(call.owner));
      if (apiKey !== undefined) headers.set("authorization", `Bearer ${apiKey}`);
      const response = await fetch(`${origin}${path}`, {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      });
      const answered = new Headers(response.headers);
      for (const name of OF_THE_CONNECTION) answered.delete(name);
      return new Response(response.body, { status: response.status, headers: answered });
    },
  };
}
