// Lays out what the image holds: the built workspaces and, of what they need, only what runs on this platform.
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import process from "node:process";

const root = process.cwd();
const target = resolve(process.argv[2] ?? "image");

const WORKSPACES = {
  sdk: ["package.json", "dist"],
  server: ["package.json", "bin", "dist"],
  model: [
    "package.json",
    "index.js",
    "model_int8.onnx",
    "tokenizer.json",
    "LICENSE",
    "PROVENANCE.md",
  ],
};
/** Taken beside what server/package.json asks for: an optional peer there. */
const EXTRA = ["chromadb"];
/** The native runtime is in the image, so its fallback is not; ChromaDB's own servers run elsewhere. */
const LEFT_OUT = /^(onnxruntime-web|@types\/.*|chromadb-js-bindings-.*)$/;
/** Nothing that runs. */
const USELESS = /(\.map|\.d\.[cm]?ts|\.tsbuildinfo|\.test\.[cm]?js)$/;

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Where a package that `from` asks for is installed; null when it is optional and absent. */
function installed(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === root || folder === dirname(folder)) return null;
  }
}

function closure(folder, found) {
  const { dependencies = {}, optionalDependencies = {} } = manifest(folder);
  const extra = folder === join(root, "server") ? EXTRA : [];
  for (const name of new Set([
    ...Object.keys(dependencies),
    ...Object.keys(optionalDependencies),
    ...extra,
  ])) {
    if (name.startsWith("@sekha/") || LEFT_OUT.test(name)) continue;
    const place = installed(name, folder);
    if (place === null) {
      if (name in optionalDependencies) continue;
      throw new Error(
        `${name}, which ${relative(root, folder)} needs, is not installed: run npm ci first.`,
      );
    }
    if (found.has(place)) continue;
    found.add(place);
    closure(place, found);
  }
  return found;
}

/** onnxruntime-node brings the libraries of five platforms. */
function ofOtherPlatform(path) {
  const at = path.split(`${sep}onnxruntime-node${sep}bin${sep}`)[1]?.split(sep);
  if (at === undefined || at.length < 2) return false;
  const [, platform, architecture] = at;
  return (
    (platform !== undefined && platform !== process.platform) ||
    (architecture !== undefined && architecture !== process.arch)
  );
}

function copy(from, to) {
  cpSync(from, to, {
    recursive: true,
    filter: (path) => !(USELESS.test(path) || ofOtherPlatform(path)),
  });
}

rmSync(target, { recursive: true, force: true });
for (const [name, files] of Object.entries(WORKSPACES)) {
  const to =
    name === "server"
      ? join(target, "server")
      : join(target, "node_modules", manifest(join(root, name)).name);
  for (const file of files) copy(join(root, name, file), join(to, file));
}
for (const place of closure(join(root, "server"), new Set())) {
  copy(place, join(target, relative(root, place)));
}
for (const file of ["LICENSE", "deploy/docker/healthcheck.mjs"]) {
  copy(join(root, file), join(target, file.split("/").at(-1)));
}
mkdirSync(join(target, "data"));
// Another user (SEKHA_UID) must get through to a folder that is mounted below.
chmodSync(join(target, "data"), 0o711);

// Fails here rather than at the first start.
const { resolve: find } = createRequire(join(target, "server", "dist", "main.js"));
for (const name of ["hono", "kysely", "onnxruntime-node", "chromadb"]) find(name);
