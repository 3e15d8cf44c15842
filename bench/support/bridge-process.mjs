/**
 * The built LLM bridge in a process of its own, as the benchmarks start it: `node bench/support/bridge-process.mjs DIRECTORY`,
 * with `config.yaml` in the directory. Plain JavaScript on server/dist: what strips types costs memory that no installed
 * program has. Says its address to the parent, answers `{ask:"usage"}`, moves its wall clock at `{jumpMs}`, and stops at
 * SIGTERM or when the parent is gone.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadConfig } from "../../server/dist/config/load-config.js";
import { createLogger, startServices } from "../../server/dist/serve.js";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("Give the directory with config.yaml");

const overrides = {
  data_directory: join(directory, "data"),
  services: ["bridge"],
  "bridge.port": 0,
};
const config = loadConfig({
  argv: { file: join(directory, "config.yaml"), overrides },
  env: {},
  cwd: directory,
  homeDirectory: homedir(),
  readFile: (path) => readFileSync(path, "utf8"),
});
const log = createLogger({
  level: process.env.SEKHA_BENCH_LOG ?? "fatal",
  format: "json",
  destination: process.stderr,
});
const services = await startServices({ config, services: ["bridge"], log });

/** The wall clock alone: what is measured by the monotonic one must not notice. */
const realNow = Date.now;
process.on("message", (order) => {
  if ("jumpMs" in order) Date.now = () => realNow() + order.jumpMs;
  process.send?.(usage());
});

const stop = () => {
  services.close().then(
    () => process.exit(0),
    (error) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
};
process.once("SIGTERM", stop);
// A benchmark that was interrupted leaves no server behind.
process.once("disconnect", stop);
process.send?.({ url: services.addresses.find(({ name }) => name === "bridge")?.url });

function usage() {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
}
