import type {
  EmbeddedChunk,
  EmbeddingModel,
  EmbeddingModelIdentity,
} from "../../ports/embedding-model.ts";
import { stem } from "../porter-stemmer.ts";
import { splitWords } from "../query-terms.ts";

const DIMENSION = 512;

/** A model whose meaning is the words: texts are near when they share stems. Slow or broken on request. */
export class WordModel implements EmbeddingModel {
  readonly identity: EmbeddingModelIdentity = {
    name: "words",
    id: "words@1",
    dimension: DIMENSION,
  };
  /** What goes wrong with the next queries; null for nothing. */
  trouble: "slow" | Error | null = null;

  async ready(): Promise<void> {
    // There is nothing to load.
  }

  async embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array> {
    if (this.trouble instanceof Error) throw this.trouble;
    if (this.trouble === "slow") {
      await new Promise((_resolve, reject) => {
        const abort = () => reject(signal?.reason as Error);
        if (signal?.aborted === true) abort();
        else signal?.addEventListener("abort", abort);
      });
    }
    return vectorOf(text);
  }

  async embedDocument(text: string): Promise<EmbeddedChunk[]> {
    return text === "" ? [] : [{ start: 0, end: text.length, vector: vectorOf(text) }];
  }

  async close(): Promise<void> {
    // There is nothing to end.
  }
}

function vectorOf(text: string): Float32Array {
  const vector = new Float32Array(DIMENSION);
  vector[0] = 0.01;
  for (const word of splitWords(text)) {
    const place = placeOf(stem(word));
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function placeOf(word: string): number {
  let hash = 2166136261;
  for (const character of word) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  return 1 + ((hash >>> 0) % (DIMENSION - 1));
}
