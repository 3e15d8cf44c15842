/**
 * The product in a process of its own, as the benchmarks start it:
 * `node --conditions=source bench/support/product-process.ts DATA_DIRECTORY`.
 * Says its address to the parent, and stops at SIGTERM or when the parent is gone.
 */
import { homedir } from "node:os";
import process from "node:process";
import { loadConfig } from "../../server/src/config/load-config.ts";
import { createLogger, startServices } from "../../server/src/serve.ts";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("Give the data directory");

const config = loadConfig({
  argv: { overrides: { data_directory: directory, "server.port": 0, services: ["controller"] } },
  env: {},
  cwd: directory,
  homeDirectory: homedir(),
  readFile: () => {
    throw Object.assign(new Error("A benchmark runs with the defaults"), { code: "ENOENT" });
  },
});
const log = createLogger({
  level: process.env.SEKHA_BENCH_LOG ?? "warn",
  format: "pretty",
  destination: process.stderr,
});
const services = await startServices({ config, services: ["controller"], log });
const stop = () => {
  services.close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
};
process.once("SIGTERM", stop);
// A benchmark that was interrupted leaves no server behind.
process.once("disconnect", stop);
process.send?.({ url: services.addresses[0]?.url });
