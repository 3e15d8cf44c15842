/**
 * The product in a process of its own, as the benchmarks start it:
 * `node --conditions=source bench/support/product-process.ts DATA_DIRECTORY [CONFIGURATION]`.
 * Runs the controller with the defaults; all services where a configuration is given (the YAML's keys, as JSON text).
 * Says its addresses to the parent, and stops at SIGTERM or when the parent is gone.
 */
import { homedir } from "node:os";
import process from "node:process";
import { loadConfig } from "../../server/src/config/load-config.ts";
import { createLogger, startServices } from "../../server/src/serve.ts";

const [directory, configuration] = process.argv.slice(2);
if (directory === undefined) throw new Error("Give the data directory");

const names: ("controller" | "bridge" | "proxy")[] =
  configuration === undefined ? ["controller"] : ["controller", "bridge", "proxy"];
const ports = { "server.port": 0, "bridge.port": 0, "proxy.port": 0 };
const config = loadConfig({
  argv: {
    // JSON is YAML.
    ...(configuration === undefined ? {} : { file: "benchmark.yaml" }),
    overrides: { data_directory: directory, services: names, ...ports },
  },
  env: {},
  cwd: directory,
  homeDirectory: homedir(),
  readFile: (path) => {
    if (configuration !== undefined && path.endsWith("benchmark.yaml")) return configuration;
    throw Object.assign(new Error("A benchmark runs with the defaults"), { code: "ENOENT" });
  },
});
const log = createLogger({
  level: process.env.SEKHA_BENCH_LOG ?? "warn",
  format: "pretty",
  destination: process.stderr,
});
const services = await startServices({ config, services: names, log });
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
process.send?.({
  urls: Object.fromEntries(services.addresses.map(({ name, url }) => [name, url])),
});
