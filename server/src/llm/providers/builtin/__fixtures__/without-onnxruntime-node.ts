import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { MODEL, MODEL_FILE } from "@sekha/model-minilm";
import { loadEmbeddingRuntime } from "../embedding-runtime.ts";

// A process in which onnxruntime-node is not installed. Prints which runtime was taken, and why.

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "onnxruntime-node") throw new Error("Cannot find onnxruntime-node");
    return next(specifier, context);
  },
});

const file = { path: fileURLToPath(MODEL_FILE), sha256: MODEL.sha256 };
const runtime = await loadEmbeddingRuntime(file);
const vector = await runtime.embed([101, 7592, 102]);
process.stdout.write(
  JSON.stringify({
    name: runtime.name,
    fallbackReason: runtime.fallbackReason,
    dimension: vector.length,
    nodeOnly: await loadEmbeddingRuntime(file, "node").catch(String),
  }),
);
await runtime.close();
