#!/usr/bin/env node
// Plain JavaScript that old versions of Node understand too, so that they can say what to do.
import { existsSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const OLDEST_NODE = [22, 18];
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "..", "src", "main.ts");
const built = join(here, "..", "dist", "main.js");

async function start() {
  if (!isNewEnough(process.versions.node)) {
    fail(
      `Sekha needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node}. ` +
        "Run `npm ci` in Sekha's folder: it brings its own Node for `npm start` and `npx sekha`.",
    );
    return;
  }
  hideExpectedWarnings();
  const installed = /[\\/]node_modules[\\/]/.test(here) || !existsSync(source);
  if (!installed) {
    takeWorkspacesFromSource();
    await import(pathToFileURL(source).href);
  } else if (existsSync(built)) {
    await import(pathToFileURL(built).href);
  } else {
    fail(`This installation of Sekha is not whole: ${built} is missing. Install it again.`);
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/** In a clone nothing is built: packages of this repository name their source under "source". */
function takeWorkspacesFromSource() {
  module.registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!specifier.startsWith("@sekha/")) return nextResolve(specifier, context);
      const conditions = [...context.conditions, "source"];
      return nextResolve(specifier, { ...context, conditions });
    },
  });
}

/** Sekha relies on both on purpose; every other warning stays. */
function hideExpectedWarnings() {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const [options] = rest;
    const type = typeof options === "object" && options !== null ? options.type : options;
    const text = String(warning);
    const expected = /^(SQLite|Type Stripping) is an experimental feature/.test(text);
    if (type === "ExperimentalWarning" && expected) return;
    emitWarning.call(process, warning, ...rest);
  };
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

await start();
