import { expect, test, vi } from "vitest";
import { controllerErrorBody } from "./error-response.ts";
import { HttpApp } from "./http-app.ts";
import { HttpMetrics } from "./http-metrics.ts";

const quiet = () => undefined;

function appOf(body: ReadableStream<Uint8Array>): HttpApp {
  const app = new HttpApp({
    authentication: {
      keys: { configured: () => false, verify: () => null },
      required: false,
      localOwner: "local",
      allowedHosts: [],
      allowedOrigins: [],
    },
    cors: { enabled: false, origins: [] },
    rateLimit: { perMinute: 0, trustProxy: false },
    publicPaths: ["/export"],
    errorBody: controllerErrorBody,
    metrics: new HttpMetrics({ processMetrics: false }),
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    clock: () => 0,
    newId: () => "1",
  });
  app.on("GET", "/export", () => new Response(body, { headers: { "content-type": "text/csv" } }));
  return app;
}

test("a body that HEAD leaves is let go, and how it takes that harms nobody", async () => {
  const cancel = vi.fn(() => Promise.reject(new Error("The disk is gone.")));
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  try {
    const app = appOf(new ReadableStream({ cancel }, { highWaterMark: 0 }));
    const request = new Request("http://127.0.0.1/export", { method: "HEAD" });
    const response = await app.fetch(request, { peerAddress: "127.0.0.1", injected: false });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/csv"]);
    expect(await response.text()).toBe("");
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(cancel).toHaveBeenCalledOnce();
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});
