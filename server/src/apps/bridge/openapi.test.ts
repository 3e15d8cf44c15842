import { BRIDGE_ROUTES } from "@sekha/sdk/contract";
import { expect, test } from "vitest";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";
import { bridgeOpenApi } from "./bridge-openapi.ts";

test("the OpenAPI document has every route and alias, and every reference in it resolves", () => {
  const document = bridgeOpenApi("2.0.0");
  for (const [name, route] of Object.entries(BRIDGE_ROUTES)) {
    const path = route.path.replace("+}", "}");
    expect(document.paths[path]?.[route.method.toLowerCase()]?.operationId).toBe(name);
    for (const alias of "aliases" in route ? route.aliases : []) {
      const described = document.paths[alias]?.[route.method.toLowerCase()];
      expect(described, alias).toMatchObject({ deprecated: true });
    }
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
  for (const [, reference = ""] of references) {
    const target = reference
      .replace(/^#\//, "")
      .split("/")
      .reduce<unknown>(
        (node, key) => (node as Record<string, unknown> | undefined)?.[key],
        document,
      );
    expect(target, reference).toBeTypeOf("object");
  }
  expect(references.length).toBeGreaterThan(50);
});

test("bodies that handlers check by hand are described, answers in all of their forms", () => {
  const { paths } = bridgeOpenApi("2.0.0");
  const chat = paths["/v1/chat/completions"]?.post;
  expect(chat?.requestBody?.content["application/json"]?.schema).toEqual({
    $ref: "#/components/schemas/ChatRequest",
  });
  const success = chat?.responses["200"];
  expect(Object.keys(success && "content" in success ? (success.content ?? {}) : {})).toEqual([
    "text/event-stream",
    "application/json",
  ]);
});

test("the docs page shows every route", async () => {
  const { fetch } = fakeBridge();
  const page = await (await fetch("/docs")).text();
  for (const name of Object.keys(BRIDGE_ROUTES)) {
    expect(page.includes(`id="${name}"`), name).toBe(true);
  }
});
