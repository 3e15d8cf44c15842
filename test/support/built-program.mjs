// Proves the published form: compiled files only, laid out as an install would, no source, no type stripping.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Inside the repository, so that other packages are found in its node_modules.
const installed = join(root, ".tmp", "built", "node_modules", "@sekha");
const data = mkdtempSync(join(tmpdir(), "sekha-built-"));
const START_MS = 30_000;

function layOut() {
  rmSync(join(root, ".tmp", "built"), { recursive: true, force: true });
  const parts = {
    sdk: ["package.json", "dist"],
    server: ["package.json", "bin", "dist"],
    "model-minilm": ["package.json", "index.js", "model_int8.onnx", "tokenizer.json"],
  };
  for (const [name, files] of Object.entries(parts)) {
    const from = join(root, name === "model-minilm" ? "model" : name);
    mkdirSync(join(installed, name), { recursive: true });
    for (const file of files) {
      cpSync(join(from, file), join(installed, name, file), { recursive: true });
    }
  }
}

async function until(what, look) {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const found = await look();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`The built program: ${what} did not happen within ${START_MS} ms`);
}

async function json(url, init) {
  const response = await fetch(url, init);
  const body = await response.json();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${JSON.stringify(body)}`);
  return body;
}

async function exercise(url) {
  await until("green health", async () => {
    const health = await json(`${url}/health`).catch(() => null);
    return health?.status === "healthy";
  });
  const headers = { "Content-Type": "application/json" };
  const messages = [{ role: "user", content: "The spare key lies under the blue flower pot." }];
  await json(`${url}/api/v1/conversations?wait=true`, {
    method: "POST",
    headers,
    body: JSON.stringify({ messages }),
  });
  const found = await json(`${url}/api/v1/query`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query: "where is the key to the house", mode: "semantic" }),
  });
  const [first] = found.results;
  if (first?.content !== messages[0].content) {
    throw new Error(`The built program found ${JSON.stringify(found)}`);
  }
}

/** `sekha mcp` beside the running server answers with its name and with what was stored. */
async function exerciseMcp() {
  const child = spawn(process.execPath, [join(installed, "server", "bin", "sekha.mjs"), "mcp"], {
    env: { ...process.env, SEKHA_DATA_DIR: data },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const ask = (id, method, params) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  const clientInfo = { name: "built-program", version: "1" };
  ask(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  ask(2, "tools/call", { name: "memory_search", arguments: { query: "key" } });
  await until("an answer over MCP", () => /"id":2[,}]/.test(output));
  child.stdin.end();
  const code = await exited;
  if (code !== 0 || !/sekha-memory/.test(output) || !/blue flower pot/.test(output)) {
    throw new Error(`The built program over MCP ended with ${code} and said ${output}`);
  }
}

/** The commands' own tests, on the installed program instead of the source. */
function exerciseCommands() {
  const program = join(installed, "server", "bin", "sekha.mjs");
  const tests = ["command-line", "administration", "ask"].map((name) => `test/e2e/${name}.test.ts`);
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const { status } = spawnSync(process.execPath, [vitest, "run", "--project", "e2e", ...tests], {
    cwd: root,
    env: { ...process.env, SEKHA_TEST_PROGRAM: program },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0)
    throw new Error(`The commands' tests on the built program ended with ${status}`);
}

layOut();
const server = spawn(process.execPath, [join(installed, "server", "bin", "sekha.mjs"), "start"], {
  env: { ...process.env, SEKHA_DATA_DIR: data, SEKHA__SERVER__PORT: "0", LOG_FORMAT: "json" },
  stdio: ["ignore", "inherit", "inherit"],
});
const ended = new Promise((resolve) =>
  server.once("exit", (code, signal) => resolve(code ?? signal)),
);
try {
  const file = join(data, "server.json");
  const url = await until("listening", () => {
    if (server.exitCode !== null)
      throw new Error(`The built program ended with ${server.exitCode}`);
    return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).url;
  });
  await exercise(url);
  await exerciseMcp();
  server.kill("SIGTERM");
  const code = await ended;
  if (code !== 0) throw new Error(`The built program ended with ${code} after SIGTERM`);
  exerciseCommands();
  process.stdout.write("The built program stores, embeds, finds, speaks MCP and stops.\n");
} finally {
  server.kill("SIGKILL");
  rmSync(data, { recursive: true, force: true });
  rmSync(join(root, ".tmp", "built"), { recursive: true, force: true });
}
