import type { FaultCase } from "./fault-case.ts";
import type { Judgement } from "./judgement.ts";
import { Scene, type SceneOptions } from "./scene.ts";

export interface FaultResult extends Judgement {
  name: string;
  target: Judgement["verdict"];
}

/** Runs cases one after another before one bridge, each from a clean state. */
export async function runFaults(
  cases: readonly FaultCase[],
  options: SceneOptions,
  onResult: (result: FaultResult) => void = () => undefined,
): Promise<FaultResult[]> {
  const scene = await Scene.start(options);
  try {
    const results: FaultResult[] = [];
    for (const one of cases) {
      const result = await runCase(one, scene);
      results.push(result);
      onResult(result);
    }
    return results;
  } finally {
    await scene.stop();
  }
}

/** Runs one case from a clean state; what goes wrong in it is a fail. */
export async function runCase(one: FaultCase, scene: Scene): Promise<FaultResult> {
  const target = one.target[scene.options.commit];
  try {
    await scene.reset();
    return { name: one.name, target, ...(await one.run(scene)) };
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error);
    return { name: one.name, target, verdict: "fail", note };
  }
}
