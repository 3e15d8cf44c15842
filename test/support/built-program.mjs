// Proves the published form: compiled files only, laid out as an install would, no source, no type stripping.
import { spawn } from "node:child_process";
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
  server.kill("SIGTERM");
  const code = await ended;
  if (code !== 0) throw new Error(`The built program ended with ${code} after SIGTERM`);
  process.stdout.write("The built program stores, embeds, finds and stops.\n");
} finally {
  server.kill("SIGKILL");
  rmSync(data, { recursive: true, force: true });
  rmSync(join(root, ".tmp", "built"), { recursive: true, force: true });
}
