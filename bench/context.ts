/**
 * How much of what answers a question does an assembled context hold, against the best hits of the same search?
 * `npm run bench:context -- [--scopes N] [--budget 2000] [--keep DIR] [--floor] [--write]`
 * `--keep` leaves the embedded scopes in a folder and takes what an earlier run left there; `--floor` also asks
 * questions of other people's memories, to which an empty context is the right answer.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_CONTEXT } from "../server/src/core/context/context-options.ts";
import { measureContext } from "./support/context-measures.ts";
import { type Compared, contextReport, floorReport } from "./support/context-report.ts";
import {
  type Asked,
  assembleRecorded,
  plainTopK,
  rememberingCounter,
  type Shape,
} from "./support/context-run.ts";
import { type RecordedScope, recordScope } from "./support/context-scopes.ts";
import {
  dataFolder,
  loadScopes,
  type Question,
  type Scope,
  SETS,
  type SetName,
} from "./support/data-sets.ts";
import { flag, option, progress, publish } from "./support/report.ts";
import { shuffled } from "./support/statistics.ts";

const STRANGE_QUESTIONS = 20;

const perSet = Number(option("scopes", "Infinity"));
const budget = Number(option("budget", "2000"));
const kept = option("keep", "");
const folder = kept === "" ? mkdtempSync(join(tmpdir(), "sekha-context-")) : kept;
const counted = rememberingCounter();
const scopes = (Object.keys(SETS) as SetName[]).flatMap((set) =>
  loadScopes(dataFolder(), set).slice(0, perSet),
);
const compared: Compared[] = [];
const floors: { own: number[]; strange: number[]; set: SetName }[] = [];
try {
  for (const scope of scopes) {
    const strange = flag("floor") ? questionsOfOthers(scope) : [];
    const recorded = await recordScope(
      { ...scope, questions: [...scope.questions, ...strange] },
      folder,
    );
    progress(`${SETS[scope.set].title} ${scope.name}: assembling`);
    const own = recorded.asked.slice(0, scope.questions.length);
    for (const asked of own) compared.push(await compare(recorded, asked));
    floors.push({
      set: scope.set,
      own: own.map(bestOf),
      strange: recorded.asked.slice(own.length).map(bestOf),
    });
  }
} finally {
  if (kept === "") rmSync(folder, { recursive: true, force: true });
}
const floor = flag("floor") ? `\n\n${floorReport(floors, DEFAULT_CONTEXT.leastBest)}` : "";
publish("context", contextReport(compared, budget) + floor);

async function compare(recorded: RecordedScope, asked: Asked): Promise<Compared> {
  const { question } = asked;
  const limit = Math.floor(budget * DEFAULT_CONTEXT.usedShare);
  const measured = (shape: Shape) => ({
    ...shape,
    measures: measureContext(question, shape.shown),
  });
  const topK = async (most: number, cut: boolean) =>
    measured(await plainTopK(recorded, asked, { limit: most, cut, counted }));
  return {
    scope: recorded.scope,
    question,
    shapes: {
      assembly: measured(
        await assembleRecorded(recorded, asked, { budget, options: DEFAULT_CONTEXT, counted }),
      ),
      whole: await topK(limit, false),
      cut: await topK(limit, true),
      roomy: await topK(budget, false),
    },
  };
}

function questionsOfOthers(scope: Scope): Question[] {
  const others = scopes.filter(({ set }) => set !== scope.set).flatMap((one) => one.questions);
  return shuffled(others, 5).slice(0, STRANGE_QUESTIONS);
}

function bestOf({ hits }: Asked): number {
  return hits[0]?.score ?? 0;
}
