/**
 * How well does Sekha find what answers a question, against plain BM25 over the same texts?
 * `npm run bench:recall -- [--scopes N] [--separate-only] [--ablation] [--loso] [--write]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ablationReport, leaveOneScopeOutReport } from "./support/ablation.ts";
import { type GatheredScope, gatherScope } from "./support/ablation-input.ts";
import { dataFolder, loadScopes, type Scope, SETS, type SetName } from "./support/data-sets.ts";
import { startProduct, untilEmbedded } from "./support/product.ts";
import { recallReport } from "./support/recall-report.ts";
import { type Answered, askHybrid, askScope, HYBRID, storeScope } from "./support/recall-run.ts";
import { flag, option, progress, publish } from "./support/report.ts";

const folder = dataFolder();
const perSet = Number(option("scopes", "Infinity"));
const scopes = (Object.keys(SETS) as SetName[]).flatMap((set) =>
  loadScopes(folder, set).slice(0, perSet),
);
const ablating = flag("ablation") || flag("loso");

const answered: Answered[] = [];
const gathered: GatheredScope[] = [];
for (const scope of scopes) {
  await withDirectory(async (directory) => {
    answered.push(...(await measureScope(directory, scope)));
    if (ablating) gathered.push(await gatherScope(directory, scope));
  });
}
const together = flag("separate-only") ? null : await measureTogether(scopes);

publish("recall", recallReport(answered, together));
if (flag("ablation")) publish("ablation", ablationReport(gathered, answered));
if (flag("loso")) publish("loso", leaveOneScopeOutReport(gathered, answered));

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "sekha-recall-"));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureScope(directory: string, scope: Scope): Promise<Answered[]> {
  const product = await startProduct(directory);
  try {
    progress(`${SETS[scope.set].title} ${scope.name}: storing ${scope.sessions.length} sessions`);
    await storeScope(product, scope, "/");
    await untilEmbedded(product, progress);
    progress(`  asking ${scope.questions.length} questions`);
    return await askScope(product, scope);
  } finally {
    await product.stop();
  }
}

/** All scopes in one memory: statistics and speakers are shared, the folder filter keeps them apart. */
async function measureTogether(all: readonly Scope[]): Promise<Answered[]> {
  const found: Answered[] = [];
  await withDirectory(async (directory) => {
    const product = await startProduct(directory);
    try {
      progress(`One memory of ${all.length} scopes`);
      for (const scope of all) await storeScope(product, scope, folderOf(scope));
      await untilEmbedded(product, progress);
      for (const scope of all) {
        progress(`  asking the questions of ${scope.name}`);
        for (const question of scope.questions) {
          const outcome = await askHybrid(product, question, { folder: folderOf(scope) });
          found.push({ scope, question, outcomes: { [HYBRID]: outcome } });
        }
      }
    } finally {
      await product.stop();
    }
  });
  return found;
}

function folderOf(scope: Scope): string {
  return `/${scope.set}/${scope.name}`;
}
