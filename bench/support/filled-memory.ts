import { existsSync } from "node:fs";
import { createEmbeddedModel } from "../../server/src/llm/providers/builtin/embedded-model.ts";
import { dataDirectoryAt } from "../../server/src/storage/data-directory.ts";
import { Connection } from "../../server/src/storage/sqlite/connection.ts";
import { type Loaded, loadUpTo } from "./bulk-load.ts";
import { type Corpus, MadeVectors } from "./corpus.ts";
import { progress } from "./report.ts";

/** Fills data directories with made messages, going on from what an earlier run left there. */
export class MemoryFilling {
  readonly #corpus: Corpus;
  readonly #stride: number;
  #vectors: MadeVectors | null = null;

  /** `stride` embeds every so many-th source text only. */
  constructor(corpus: Corpus, stride: number) {
    this.#corpus = corpus;
    this.#stride = stride;
  }

  async fill(folder: string, messages: number): Promise<void> {
    const loaded: Loaded = { messages: messagesIn(folder) };
    if (loaded.messages >= messages) return;
    this.#vectors ??= await vectorsOf(this.#corpus, this.#stride);
    progress(`Filling the memory up to ${messages} messages`);
    await loadUpTo(folder, loaded, {
      corpus: this.#corpus,
      vectors: this.#vectors,
      messages,
      expected: messages,
    });
  }
}

/** What an earlier run left there. */
function messagesIn(folder: string): number {
  const { database } = dataDirectoryAt(folder);
  if (!existsSync(database)) return 0;
  const connection = new Connection(database, { readOnly: true, cacheMegabytes: 8 });
  try {
    return (
      connection.rows<{ messages: number }>("SELECT count(*) AS messages FROM messages")[0]
        ?.messages ?? 0
    );
  } finally {
    connection.close();
  }
}

async function vectorsOf(from: Corpus, stride: number): Promise<MadeVectors> {
  progress("Embedding the source texts");
  const model = createEmbeddedModel({
    log: { info: () => undefined, warn: progress },
    backgroundThreads: 2,
  });
  try {
    return await MadeVectors.of(from, model, { stride, progress });
  } finally {
    await model.close();
  }
}
