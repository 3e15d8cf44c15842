import { describe, expect, test } from "vitest";
import { load, problemsOf } from "./__fixtures__/loading.ts";

describe("weak keys", () => {
  const published = "dev_default_key_change_me_1234567890";

  test("are warned about on loopback", () => {
    const config = load(`mcp_api_key: ${published}\nadditional_api_keys: [short]`);
    expect(config.warnings).toMatchObject([
      { key: "mcp_api_key", line: 1 },
      { key: "additional_api_keys[0]", line: 2, message: "is shorter than 16 characters." },
    ]);
  });

  test("are refused beyond loopback, but not for a service that does not run here", () => {
    const yaml = `server: {host: 0.0.0.0}\nmcp_api_key: ${published}`;
    expect(problemsOf(yaml)).toMatchObject([{ key: "mcp_api_key", line: 2 }]);
    expect(load(`services: [bridge]\n${yaml}`).warnings).toHaveLength(1);
  });
});

test("a bridge apart that nobody could call for want of a key is a mistake", () => {
  const apart = "services: [bridge]\nbridge: {host: 0.0.0.0}";
  expect(problemsOf(apart)).toMatchObject([{ key: "bridge_api_key" }]);
  expect(load(`${apart}\nauth: {bridge: open}`).auth.bridge).toBe("open");
  expect(load(`${apart}\nrest_api_key: a-long-enough-key-1`).auth.bridge).toBe("key");
  expect(load("services: [bridge]").auth.bridge).toBe("open");
  expect(load("bridge: {host: 0.0.0.0}").auth.bridge).toBe("key");
});

test("the bridge asks for a key once it has one or leaves loopback, unless told otherwise", () => {
  expect(load("").auth.bridge).toBe("open");
  expect(load("bridge_api_key: a-long-enough-key-1").auth.bridge).toBe("key");
  expect(load("bridge: {host: 0.0.0.0}").auth.bridge).toBe("key");
  const open = load("bridge: {host: 0.0.0.0}\nauth: {bridge: open}");
  expect(open.auth.bridge).toBe("open");
  expect(open.warnings).toMatchObject([{ key: "auth.bridge" }]);
});
