import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultCase } from "../../bench/support/faults/fault-case.ts";
import { MORE_FAULTS } from "../../bench/support/faults/more-faults.ts";
import { type Commit, type PrimaryType, Scene } from "../../bench/support/faults/scene.ts";
import { SIXTEEN } from "../../bench/support/faults/sixteen.ts";
import { runCase } from "../../bench/support/faults/suite.ts";

/** A second of a fault lasts so long here; the timers shrink with it. */
const SCALE = 0.1;

/** The first scene may have to build the program. */
const START_MS = 180_000;

/** The suite of `npm run bench:faults`, faster; each fault a test. */
describe.each<[Commit, PrimaryType, string]>([
  ["complete", "openai", "[req:bridge.faults-complete]"],
  ["first_token", "openai", "[req:bridge.faults-first-token]"],
])("commit: %s, a primary that speaks %s", (commit, type, requirement) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.start({ commit, scale: SCALE, type });
  }, START_MS);
  afterAll(() => scene.stop());

  const named = (cases: readonly FaultCase[]) => cases.map((one) => [one.name, one] as const);

  it.each(named(SIXTEEN))(`%s ${requirement}`, async (_, one) => {
    const { verdict, note, target } = await runCase(one, scene);
    expect([target, "pass"], note).toContain(verdict);
  });

  it.each(named(MORE_FAULTS))("%s [req:bridge.more-faults]", async (_, one) => {
    const { verdict, note, target } = await runCase(one, scene);
    expect([target, "pass"], note).toContain(verdict);
  });
});

/** Where the framing is the provider's own, an interrupted answer must be noticed all the same. */
describe.each<PrimaryType>(["anthropic", "ollama", "openrouter"])(
  "a primary that speaks %s, commit: first_token",
  (type) => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await Scene.start({ commit: "first_token", scale: SCALE, type });
    }, START_MS);
    afterAll(() => scene.stop());

    it.each(SIXTEEN.map((one) => [one.name, one] as const))(
      "%s [req:bridge.faults-every-provider]",
      async (_, one) => {
        const { verdict, note } = await runCase(one, scene);
        expect(["pass", "safe"], note).toContain(verdict);
      },
    );
  },
);
