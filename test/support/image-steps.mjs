// Runs the very steps of deploy/docker/Dockerfile as processes, since no container engine is needed to know whether they
// work: each stage is a folder, COPY copies, RUN runs, and the last stage's program is started as its user, used and stopped.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DockerfileParser } from "dockerfile-ast";

const repository = fileURLToPath(new URL("../..", import.meta.url));
/** node:24-bookworm-slim, unpacked, as its publisher states it; not measured here. */
const BASE_MEGABYTES = 235;
const LIMIT_MEGABYTES = 400;
/** The user `node` of that image. */
const USER_ID = 1000;
const place = mkdtempSync(join(tmpdir(), "sekha-image-"));
chmodSync(place, 0o755);

function fail(message) {
  throw new Error(`deploy/docker/Dockerfile: ${message}`);
}

function words(instruction) {
  return instruction.getArguments().map((argument) => argument.getValue());
}

/** Exec form only: a shell form could not be stopped by a signal. */
function execForm(instruction) {
  const text = instruction.getRawArgumentsContent();
  const parsed = JSON.parse(text);
  if (!Array.isArray(parsed)) fail(`${instruction.getKeyword()} must be in exec form`);
  return parsed;
}

class Stage {
  root;
  directory = "/";
  environment = {};
  user = "root";
  entry = [];
  command = [];
  health = [];

  constructor(root) {
    this.root = root;
    mkdirSync(root, { recursive: true });
  }

  inside(path) {
    return join(this.root, path.startsWith("/") ? path : join(this.directory, path));
  }

  /** What a process of this container sees, with its absolute paths led into the folder. */
  mapped(value) {
    return value.startsWith("/app") ? join(this.root, value) : value;
  }

  env(extra = {}) {
    const own = Object.entries(this.environment).map(([name, value]) => [name, this.mapped(value)]);
    return { PATH: process.env.PATH, HOME: this.root, ...Object.fromEntries(own), ...extra };
  }
}

const stages = new Map();

/** The build context, as .dockerignore leaves it: tracked files only, so that nothing of this machine slips in. */
function context() {
  const folder = join(place, "context");
  const { stdout } = spawnSync("git", ["ls-files", "-z"], { cwd: repository, encoding: "utf8" });
  const rules = readFileSync(join(repository, ".dockerignore"), "utf8").split("\n").filter(Boolean);
  const wanted = rules.filter((rule) => rule.startsWith("!")).map((rule) => rule.slice(1));
  for (const file of stdout.split("\0").filter(Boolean)) {
    const kept = wanted.some((rule) => file === rule || file.startsWith(`${rule}/`));
    if (!kept || /\.test\.ts$/.test(file) || !existsSync(join(repository, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(repository, file), join(folder, file));
  }
  return folder;
}

function copy(stage, instruction, source) {
  const flags = Object.fromEntries(
    instruction.getFlags().map((flag) => [flag.getName(), flag.getValue()]),
  );
  const from = flags.from === undefined ? source : stages.get(flags.from)?.root;
  if (from === undefined) fail(`there is no stage ${flags.from}`);
  const paths = words(instruction);
  const to = paths.pop();
  for (const path of paths) {
    const origin = join(from, path);
    if (!existsSync(origin)) fail(`COPY ${path}: not in the build context`);
    const whole = lstatSync(origin).isDirectory();
    const into = whole || !to.endsWith("/") ? to : join(to, basename(path));
    cpSync(origin, stage.inside(into), { recursive: true, verbatimSymlinks: true });
  }
}

function run(stage, instruction) {
  const command = instruction.getRawArgumentsContent();
  process.stdout.write(`RUN ${command}\n`);
  const cwd = stage.inside(".");
  mkdirSync(cwd, { recursive: true });
  // With this machine's own environment: how it reaches the registry is no part of the image.
  const env = { ...process.env, ...stage.environment };
  const { status } = spawnSync("sh", ["-c", command], { cwd, env, stdio: "inherit" });
  if (status !== 0) fail(`RUN ${command} ended with ${status}`);
}

function apply(stage, instruction, source) {
  const keyword = instruction.getKeyword();
  if (keyword === "WORKDIR") stage.directory = words(instruction)[0];
  else if (keyword === "COPY") copy(stage, instruction, source);
  else if (keyword === "RUN") run(stage, instruction);
  else if (keyword === "USER") stage.user = words(instruction)[0];
  else if (keyword === "ENTRYPOINT") stage.entry = execForm(instruction);
  else if (keyword === "CMD") stage.command = execForm(instruction);
  else if (keyword === "HEALTHCHECK") {
    stage.health = JSON.parse(instruction.getRawArgumentsContent().replace(/^.*?\bCMD\s+/, ""));
  } else if (keyword === "ENV") {
    for (const property of instruction.getProperties()) {
      stage.environment[property.getName()] = property.getValue();
    }
  } else if (!["VOLUME", "EXPOSE", "STOPSIGNAL", "LABEL", "ARG"].includes(keyword)) {
    fail(`${keyword} is not known to this test`);
  }
}

function build() {
  const source = context();
  const text = readFileSync(join(repository, "deploy", "docker", "Dockerfile"), "utf8");
  let stage = null;
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === "FROM") {
      const image = instruction.getImage();
      if (!/:\d/.test(image)) fail(`FROM ${image}: name a version`);
      const name = instruction.getBuildStage() ?? "final";
      stage = new Stage(join(place, name));
      stages.set(name, stage);
    } else apply(stage ?? fail("an instruction before FROM"), instruction, source);
  }
  return stages.get("final") ?? fail("no final stage");
}

/** Bytes as a layer holds them. */
function size(path) {
  const status = lstatSync(path);
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0);
}

function giveTo(path, user) {
  chownSync(path, user, user);
  if (lstatSync(path).isDirectory())
    for (const name of readdirSync(path)) giveTo(join(path, name), user);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function json(url, options) {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000), ...options });
  return { status: response.status, body: await response.json() };
}

/** Stores and finds, as a stranger with the key that the first start printed. */
async function use(url, key) {
  const stranger = await json(`${url}/api/v1/conversations`);
  if (stranger.status !== 401) fail(`a caller without a key got ${stranger.status}`);
  const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
  const messages = [{ role: "user", content: "The boat is called Halcyon and lies at pier nine." }];
  const post = (path, body) =>
    json(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const stored = await post("/api/v1/conversations?wait=true", { messages });
  if (stored.status !== 201) fail(`storing answered ${stored.status}`);
  const found = await post("/api/v1/query", { query: "what is the name of our ship" });
  if (found.body.results?.[0]?.content !== messages[0].content)
    fail("what was stored is not found");
}

/** It is printed once all services listen, a moment after the first one is healthy. */
async function printedKey(log) {
  for (let tries = 0; tries < 40; tries += 1) {
    const [key] = /sk-sekha-[\w-]{43}/.exec(log()) ?? [];
    if (key !== undefined) return key;
    await sleep(250);
  }
  return fail(`no key was printed:\n${log()}`);
}

async function start(stage) {
  if (stage.user === "root") fail("the program must not run as root");
  const asRoot = process.getuid?.() === 0;
  if (asRoot) giveTo(stage.inside("."), USER_ID);
  const [port, bridgePort] = [await freePort(), await freePort()];
  const env = stage.env({
    SEKHA__SERVER__PORT: String(port),
    SEKHA__BRIDGE__PORT: String(bridgePort),
    SEKHA_HEALTH_URL: `http://127.0.0.1:${port}/health,http://127.0.0.1:${bridgePort}/health`,
  });
  const options = {
    cwd: stage.inside("."),
    env,
    ...(asRoot ? { uid: USER_ID, gid: USER_ID } : {}),
  };
  const program = (line) =>
    line.map((word) => (word === "node" ? process.execPath : stage.mapped(word)));
  const [file, ...rest] = program([...stage.entry, ...stage.command]);
  const child = spawn(file, rest, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const ended = new Promise((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal)),
  );
  try {
    const [probe, ...probeRest] = program(stage.health);
    for (let healthy = false, tries = 0; !healthy; tries += 1) {
      if (child.exitCode !== null || tries > 60)
        fail(`the program did not become healthy:\n${log}`);
      await sleep(500);
      healthy = spawnSync(probe, probeRest, options).status === 0;
    }
    const key = await printedKey(() => log);
    await use(`http://127.0.0.1:${port}`, key);
    child.kill("SIGTERM");
    const code = await ended;
    if (code !== 0) fail(`the program ended with ${code} after SIGTERM:\n${log}`);
    if (spawnSync(probe, probeRest, options).status === 0)
      fail("the health check passes with nothing running");
  } finally {
    child.kill("SIGKILL");
  }
}

try {
  const image = build();
  const megabytes = Math.ceil(size(image.root) / 1e6);
  await start(image);
  const total = megabytes + BASE_MEGABYTES;
  process.stdout.write(
    `The image adds ${megabytes} MB to a base of about ${BASE_MEGABYTES} MB; it starts as a user, stores, finds and stops.\n`,
  );
  if (total > LIMIT_MEGABYTES) fail(`${total} MB are more than ${LIMIT_MEGABYTES}`);
} finally {
  rmSync(place, { recursive: true, force: true });
}
