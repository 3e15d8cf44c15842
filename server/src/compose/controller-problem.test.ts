import { SekhaClient } from "@sekha/sdk";
import { expect, test } from "vitest";
import { controllerProblem } from "./controller-problem.ts";

function problemWith(answers: { health: Response; list: Response }): Promise<string | null> {
  return controllerProblem(
    new SekhaClient({
      controllerURL: "http://controller.test",
      fetch: async ({ url }) => (url.includes("/health") ? answers.health : answers.list),
    }),
  );
}

const health = (status: string) => Response.json({ status });
const list = () => Response.json({ results: [], conversations: [], total: 0 });

test("a controller that answers is no problem; one without its rows is [req:proxy.health]", async () => {
  expect(await problemWith({ health: health("healthy"), list: list() })).toBeNull();
  expect(await problemWith({ health: health("degraded"), list: list() })).toBeNull();
  expect(await problemWith({ health: health("unhealthy"), list: list() })).toContain("rows");
});

test("a controller that is well and refuses the proxy's key is a problem, with the setting's name [req:proxy.health] [req:proxy.split]", async () => {
  const refused = Response.json(
    { error: "Unauthorized: Invalid API key", code: 401, type: "unauthorized", request_id: "r" },
    { status: 401 },
  );
  expect(await problemWith({ health: health("healthy"), list: refused })).toBe(
    "The controller refuses the proxy's key (controller_api_key, CONTROLLER_API_KEY): Unauthorized: Invalid API key",
  );
});
