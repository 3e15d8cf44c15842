import { setTimeout } from "node:timers/promises";
import { createEmbeddedModel } from "../embedded-model.ts";

// Ends the process, without closing the model, while its workers load (argument "loading") or run.

const log = { info: () => undefined, warn: () => undefined };
const model = createEmbeddedModel({ log, backgroundThreads: 1 });
if (process.argv[2] !== "loading") {
  await model.ready();
  void model.embedDocument("many words and more ".repeat(20_000));
  // Into the middle of a run: each takes tens of milliseconds, and hundreds follow each other.
  await setTimeout(300);
}
process.exit(3);
