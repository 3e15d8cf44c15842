import { defineRoutes } from "./route.ts";

/** What the bridge and the proxy tell of themselves; the controller shares the document. */
export const serviceRoutes = defineRoutes({
  metrics: {
    method: "GET",
    path: "/metrics",
    tag: "System",
    summary: "Prometheus metrics; JSON for a client that asks for JSON",
    access: "admin",
    status: 200,
    produces: ["text/plain", "application/json"],
  },
  openApi: {
    method: "GET",
    path: "/openapi.json",
    tag: "System",
    summary: "This interface as an OpenAPI 3.1 document",
    access: "read",
    status: 200,
    produces: ["application/json"],
  },
  docs: {
    method: "GET",
    path: "/docs",
    aliases: ["/redoc"],
    tag: "System",
    summary: "This interface as a page to read",
    access: "read",
    status: 200,
    produces: ["text/html"],
  },
});
