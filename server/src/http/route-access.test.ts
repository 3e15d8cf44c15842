import {
  BRIDGE_ROUTES,
  CONTROLLER_ROUTES,
  PROXY_ROUTES,
  type RouteDefinition,
} from "@sekha/sdk/contract";
import { describe, expect, test } from "vitest";
import { hasScope, neededAccess } from "./route-access.ts";

const routes: [string, RouteDefinition][] = [
  ...Object.entries(CONTROLLER_ROUTES),
  ...Object.entries(BRIDGE_ROUTES),
];

describe("scopes", () => {
  test("stand for themselves, and admin for all of them", () => {
    expect(hasScope(["read"], "read")).toBe(true);
    expect(hasScope(["read"], "write")).toBe(false);
    expect(hasScope(["write"], "read")).toBe(false);
    expect(hasScope(["admin"], "read")).toBe(true);
    expect(hasScope([], "read")).toBe(false);
  });

  test.each(routes)(
    "%s asks for more than reading when it may change something",
    (_name, route) => {
      // POST is also how a question with a body is asked: those are named here, one by one.
      const questions =
        /\/(mcp\/tools\/(memory_(search|get_context|prune|export|stats|assemble)|llm_status|llm_routing)|prune\/dry-run|query|search\/fts|context\/assemble|export|route|estimate|count_tokens|show)$/;
      if (route.method === "GET" || questions.test(route.path)) return;
      expect(["write", "admin"]).toContain(route.access);
    },
  );

  test("are those of reading for a dry look, only where the route has one", () => {
    const look = new Request("http://sekha.test", { headers: { "X-Sekha-Explain": "1" } });
    const { chat } = PROXY_ROUTES;
    expect(neededAccess(chat, look)).toBe("read");
    expect(neededAccess(chat, new Request("http://sekha.test"))).toBe("write");
    expect(neededAccess(BRIDGE_ROUTES.chat, look)).toBe("write");
  });

  test("health alone is open", () => {
    const open = routes.filter(([, route]) => route.access === "open").map(([name]) => name);
    expect(open).toEqual(["health", "health"]);
  });
});
