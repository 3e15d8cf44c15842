import { CONTROLLER_ROUTES } from "@sekha/sdk/contract";
import { expect, test } from "vitest";
import { fakeController } from "./__fixtures__/fake-services.ts";
import { controllerOpenApi } from "./controller-openapi.ts";

test("the OpenAPI document has every route and alias, and every reference in it resolves", () => {
  const document = controllerOpenApi("2.0.0");
  for (const [name, route] of Object.entries(CONTROLLER_ROUTES)) {
    const operation = document.paths[route.path]?.[route.method.toLowerCase()];
    expect(operation?.operationId).toBe(name);
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
  expect(references.length).toBeGreaterThan(100);
});

test("operation ids are unique and path parameters are described", () => {
  const { paths } = controllerOpenApi("2.0.0");
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const described = operation.parameters?.filter((one) => one.in === "path") ?? [];
    expect(described.map((one) => one.name)).toEqual(named);
  }
});

test("the docs page shows every route with an example and loads nothing", async () => {
  const { fetch } = fakeController();
  const response = await fetch("/docs");
  const page = await response.text();
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  for (const [name, { path }] of Object.entries(CONTROLLER_ROUTES)) {
    expect(page.includes(`id="${name}"`), name).toBe(true);
    expect(page.includes(`<code>${path}</code>`), path).toBe(true);
  }
  expect(page.includes("--json '{&quot;query&quot;:&quot;where is the spare key&quot;}'")).toBe(
    true,
  );
  expect(/<script|<link|<img|src=|@import/.exec(page)).toBeNull();
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
  for (const link of new Set(links)) expect(page.includes(`id="${link}"`), link).toBe(true);
  const document = await (await fetch("/openapi.json")).json();
  expect(document.openapi).toBe("3.1.0");
});
