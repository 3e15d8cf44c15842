import { describe, expect, test } from "vitest";
import { callOptions } from "./call-options.ts";

function optionsOf(headers: Record<string, string>, scopes: ("read" | "write" | "admin")[]) {
  const request = new Request("http://localhost/", { headers });
  const { signal } = request;
  return callOptions({
    owner: "local",
    keyId: null,
    scopes,
    localCaller: true,
    requestId: "1",
    request,
    signal,
  });
}

describe("whose costs a call's are [req:tasks.owner]", () => {
  const named = { "X-Sekha-Owner": "%C5%BDofie" };

  test("a controller with the bridge's key says it", () => {
    expect(optionsOf(named, ["admin"]).owner).toBe("Žofie");
  });

  test("a caller who may not do everything speaks only for himself", () => {
    expect(optionsOf(named, ["read", "write"]).owner).toBe("local");
  });

  test("a name that cannot be read is refused", () => {
    expect(() => optionsOf({ "X-Sekha-Owner": "%" }, ["admin"])).toThrow("percent-encoded");
  });
});

test("a call that nobody waits for is marked [req:tasks.background]", () => {
  expect(optionsOf({ "X-Sekha-Background": "true" }, ["write"]).background).toBe(true);
  expect(optionsOf({}, ["write"])).not.toHaveProperty("background");
});
