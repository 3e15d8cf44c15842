// `npm test` for CI: counts by file, and runs files again whose process died of the machine rather than of a test.
//
// Node's V8 now and then aborts a process that starts and ends many threads or WebAssembly instances
// ("Check failed: jit_page.has_value()", nodejs/node#64500): seen here about once in some ten thousand tests, in the suites
// of SQLite's threads and of PGlite. No test failed then, but the run would count as failed. A file is run again at
// most twice; what fails or is skipped, fails.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { hasPostgres, startPostgres } from "./postgres-server.ts";

const MOST_RUNS = 3;
const [summaryFile] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "sekha-tests-"));
/** By file: how its tests ended the last time it ran. */
const results = new Map();

function run(files, round) {
  const report = join(folder, `report-${round}.json`);
  const { status } = spawnSync(
    "npm",
    [
      "test",
      "--",
      ...files,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    { stdio: "inherit" },
  );
  if (!existsSync(report)) return { status, died: [] };
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  const died = [];
  for (const { name, status: outcome, assertionResults } of testResults) {
    const counts = { passed: 0, failed: 0, pending: 0 };
    for (const { status: one } of assertionResults) {
      counts[one === "passed" || one === "failed" ? one : "pending"] += 1;
    }
    // A file that could not be loaded has no tests.
    if (outcome === "failed" && counts.failed === 0) counts.failed = 1;
    results.set(name, counts);
    if (counts.pending > 0) died.push(name);
  }
  return { status, died };
}

function total(kind) {
  return [...results.values()].reduce((sum, counts) => sum + counts[kind], 0);
}

/** One server for all files: each test has a database of its own there. */
const own = process.env.SEKHA_TEST_POSTGRES_URL === undefined && hasPostgres();
const postgres = own ? await startPostgres() : null;
if (postgres !== null) process.env.SEKHA_TEST_POSTGRES_URL = postgres.url();

let files = [];
let status = 1;
for (let round = 1; round <= MOST_RUNS; round += 1) {
  const outcome = run(files, round);
  status = outcome.status;
  files = outcome.died;
  if (status === 0 || total("failed") > 0 || files.length === 0 || round === MOST_RUNS) break;
  process.stdout.write(
    `\n== A test process died; no test failed. Running again: ${files.join(", ")}\n\n`,
  );
}

await postgres?.stop();

let [passed, failed] = [total("passed"), total("failed")];
const skipped = total("pending");
if (skipped > 0) {
  failed += 1;
  process.stdout.write(`== FAILED: ${skipped} tests did not run; in CI every one must\n`);
}
if (passed === 0) {
  failed += 1;
  process.stdout.write("== FAILED: no test ran\n");
}
if (status !== 0 && failed === 0) {
  failed += 1;
  process.stdout.write(`== FAILED: the test run itself (exit ${status})\n`);
}
rmSync(folder, { recursive: true, force: true });
if (summaryFile !== undefined) writeFileSync(summaryFile, `${passed} ${failed}\n`);
process.stdout.write(`== tests: ${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
