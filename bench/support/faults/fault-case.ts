import type { Fault, FaultMatch } from "../../../test/support/scripted-provider/fault.ts";
import { type Judgement, judgeAll, type Verdict } from "./judgement.ts";
import type { Commit, Scene } from "./scene.ts";

/** One fault, how it is brought about, and what is asked. */
export interface FaultCase {
  name: string;
  target: Record<Commit, Verdict>;
  run(scene: Scene): Promise<Judgement>;
}

const ALWAYS: FaultCase["target"] = { complete: "pass", first_token: "pass" };
/** A cut behind the first token: only a buffered answer can be made whole. */
export const SAFE_WHEN_STREAMED: FaultCase["target"] = { complete: "pass", first_token: "safe" };

export function faultCase(
  name: string,
  run: FaultCase["run"],
  target: FaultCase["target"] = ALWAYS,
): FaultCase {
  return { name, target, run };
}

interface Asked {
  fault: (scene: Scene) => Fault | Fault[];
  match?: FaultMatch;
  target?: FaultCase["target"];
  stream?: boolean;
  /** One after another; 1 unless told. */
  requests?: number;
}

/** The primary has a fault, and clients ask. */
export function primaryFault(name: string, asked: Asked): FaultCase {
  const { fault, match = {}, target = ALWAYS, stream = true, requests = 1 } = asked;
  const run = async (scene: Scene) => {
    scene.a.script(fault(scene), match);
    const judgements: Judgement[] = [];
    for (let at = 0; at < requests; at += 1) judgements.push(await scene.judged({ stream }));
    const [only] = judgements;
    return only !== undefined && requests === 1 ? only : judgeAll(judgements);
  };
  return { name, target, run };
}
