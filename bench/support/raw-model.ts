import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MODEL, MODEL_FILE, TOKENIZER_FILE } from "@sekha/model-minilm";
import { chunkText } from "../../server/src/llm/providers/builtin/chunker.ts";
import { loadEmbeddingRuntime } from "../../server/src/llm/providers/builtin/embedding-runtime.ts";
import { prepareText } from "../../server/src/llm/providers/builtin/text-preparation.ts";
import { WordPieceTokenizer } from "../../server/src/llm/providers/builtin/word-piece.ts";

const OVERLAP_TOKENS = 32;

/** The chunks of these texts as the model gets them. */
export function tokenChunks(texts: readonly string[]): number[][] {
  const { model } = JSON.parse(readFileSync(fileURLToPath(TOKENIZER_FILE), "utf8")) as {
    model: { vocab: Record<string, number> };
  };
  const tokenizer = new WordPieceTokenizer(new Map(Object.entries(model.vocab)));
  const limits = { maxTokens: MODEL.maxTokens, overlap: OVERLAP_TOKENS };
  return texts.flatMap((text) =>
    chunkText(prepareText(text), tokenizer, limits).map((chunk) => chunk.tokenIds),
  );
}

/** Chunks a second of the bare model in one thread: nothing cut, stored or counted meanwhile. */
export async function rawChunksPerSecond(
  chunks: readonly number[][],
  seconds: number,
): Promise<number> {
  const runtime = await loadEmbeddingRuntime({
    path: fileURLToPath(MODEL_FILE),
    sha256: MODEL.sha256,
  });
  try {
    for (const tokens of chunks.slice(0, 10)) await runtime.embed(tokens);
    const startedAt = performance.now();
    let done = 0;
    while (performance.now() - startedAt < seconds * 1000) {
      await runtime.embed(chunks[done % chunks.length] ?? []);
      done += 1;
    }
    return (done * 1000) / (performance.now() - startedAt);
  } finally {
    await runtime.close();
  }
}
