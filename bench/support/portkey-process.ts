/**
 * Portkey's gateway from bench/portkey, where `npm i --prefix bench/portkey` put it: `node portkey-process.ts PORT`.
 * Says its address and its usage as the other processes do.
 */
import process from "node:process";
import type { ProcessUsage } from "./bridge.ts";
import { portkeyEntry } from "./portkey.ts";

const [port] = process.argv.slice(2);
if (port === undefined) throw new Error("Give a port");
// It reads its arguments when it is imported.
process.argv.splice(2, 1, `--port=${port}`, "--headless");
await import(portkeyEntry());
process.on("message", () => process.send?.(usage()));
process.once("SIGTERM", () => process.exit(0));
process.once("disconnect", () => process.exit(0));
process.send?.({ url: `http://127.0.0.1:${port}` });

function usage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
}
