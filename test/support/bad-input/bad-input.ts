import { CONTROLLER_ROUTES, ERROR_STATUS, type RouteDefinition } from "@sekha/sdk/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attempt, attemptsOn, strangePaths } from "./attempts.ts";

/** A controller to throw things at: in process or behind a socket. */
export interface Target {
  /** Such as `http://127.0.0.1:8080`, without a slash at the end. */
  baseUrl: string;
  /** Adds a key: without one, the attempts that make keys would lock out those after them. */
  fetch(request: Request): Promise<Response>;
  close?(): Promise<void>;
}

/** The service whose routes are tried. */
export interface Service {
  routes: Record<string, RouteDefinition>;
  /** Looks at the body of a failure; no shape is right for every service. */
  expectErrorBody(body: Record<string, unknown>, response: Response, what: string): void;
  /** Paths of `strangePaths` that are routes here. */
  knownPaths: readonly string[];
}

const CONTROLLER: Service = {
  routes: CONTROLLER_ROUTES,
  expectErrorBody: (body, response, what) => {
    expect.soft(body, what).toMatchObject({
      error: expect.stringMatching(/\S/),
      code: response.status,
      type: expect.stringMatching(/^[a-z_]+$/),
      request_id: response.headers.get("x-request-id"),
    });
    expect.soft(Object.keys(ERROR_STATUS), what).toContain(body.type);
  },
  knownPaths: [],
};

/**
 * Throws everything at every route of a service, the controller unless told: never a 5xx, never a stack, and from 400
 * on always the error body. The target must not limit its callers, and takes bodies of 10 MB.
 */
export function describeBadInput(
  name: string,
  factory: () => Promise<Target>,
  service: Service = CONTROLLER,
): void {
  describe(name, () => {
    let target: Target;
    beforeAll(async () => {
      target = await factory();
    });
    afterAll(async () => {
      await target.close?.();
    });

    for (const [route, definition] of Object.entries(service.routes)) {
      test(`${route} (${definition.method} ${definition.path}) survives bad input`, async () => {
        for (const attempt of attemptsOn(definition)) await makeAttempt(target, attempt, service);
        expect({}).not.toHaveProperty("polluted");
      });
    }

    test("paths that are none of the routes answer with the error body", async () => {
      const attempts = strangePaths(service.knownPaths);
      for (const attempt of attempts) await makeAttempt(target, attempt, service);
      expect(attempts.length).toBeGreaterThan(0);
    });
  });
}

async function makeAttempt(target: Target, attempt: Attempt, service: Service): Promise<void> {
  const response = await target.fetch(
    new Request(`${target.baseUrl}${attempt.path}`, attempt.init),
  );
  const text = await response.text();
  const what = `${attempt.init.method} ${attempt.path.slice(0, 200)} with ${attempt.name}`;
  expect.soft(response.status, `${what}: ${text.slice(0, 300)}`).toBeLessThan(500);
  if (attempt.statuses)
    expect.soft(attempt.statuses, `${what}: ${text.slice(0, 300)}`).toContain(response.status);
  if (response.status >= 400) expectFailure(text, response, { what, service });
}

function expectFailure(
  text: string,
  response: Response,
  { what, service }: { what: string; service: Service },
): void {
  expect.soft(text, what).not.toMatch(/\n\s+at |\\n\s+at |node:internal|\.ts:\d+/);
  expect.soft(response.headers.get("content-type"), what).toContain("application/json");
  service.expectErrorBody(JSON.parse(text), response, what);
  expect.soft(text.length, what).toBeLessThan(20_000);
}
