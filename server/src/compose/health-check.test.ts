import { healthOutput } from "@sekha/sdk/contract";
import { expect, test } from "vitest";
import { HealthCheck, type HealthDependencies } from "./health-check.ts";

const fine = async () => undefined;
const out = (reason: string) => () => Promise.reject(new Error(reason));

function check(changes: Partial<HealthDependencies> = {}): HealthCheck {
  return new HealthCheck({
    ...{ checkRows: fine, checkVectors: fine, modelReady: fine, version: "2.0.0" },
    ...{ clock: () => 90_500, startedAt: 30_000, ...changes },
  });
}

test("when all is well the answer has every client's shape [req:http.health]", async () => {
  const health = await check().health();
  expect(health).toEqual({
    ...{ status: "healthy", version: "2.0.0", uptime_seconds: 60 },
    timestamp: "1970-01-01T00:01:30.500Z",
    checks: {
      ...{ database: { status: "ok" }, vectors: { status: "ok" } },
      ...{ chroma: { status: "ok" }, embedder: { status: "ok" } },
    },
  });
  expect(healthOutput.safeParse(health).success).toBe(true);
});

test("only rows that cannot be read or written are unhealthy", async () => {
  const health = await check({ checkRows: out("the disk is full") }).health();
  expect(health.status).toBe("unhealthy");
  expect(health.checks.database).toEqual({ status: "error", error: "the disk is full" });
});

test.each([
  ["vectors", { checkVectors: out("no vectors") }, "no vectors"],
  ["embedder", { modelReady: out("no weights") }, "no weights"],
  ["embedder", { modelReady: () => new Promise<void>(() => undefined) }, "still loading"],
])("without %s it is degraded and says why", async (name, changes, error) => {
  const health = await check(changes).health();
  expect(health.status).toBe("degraded");
  expect(health.checks[name]).toEqual({ status: "degraded", error });
});

test("a check that throws at once is a failed check", async () => {
  const modelReady = () => {
    throw new Error("no thread");
  };
  expect((await check({ modelReady }).health()).checks.embedder?.error).toBe("no thread");
});

test("the rows are looked at no more than every two seconds, also when the clock is set back", async () => {
  let now = 100_000;
  let looks = 0;
  const health = check({
    clock: () => now,
    checkRows: async () => {
      looks += 1;
    },
  });
  await Promise.all([health.health(), health.health()]);
  now += 2000;
  await health.health();
  expect(looks).toBe(1);
  now += 1;
  await health.health();
  expect(looks).toBe(2);
  now -= 60_000;
  await health.health();
  expect(looks).toBe(3);
});
