import type {
  ConversationDraft,
  MessageDraft,
} from "../../server/src/core/conversations/conversation.ts";
import type { EmbeddingModel } from "../../server/src/core/ports/embedding-model.ts";
import type { VectorEntry } from "../../server/src/core/ports/vector-store.ts";
import { loadScopes, SETS, type SetName } from "./data-sets.ts";
import { seededRandom, shuffled } from "./statistics.ts";

export const PER_CONVERSATION = 20;

interface SourceUnit {
  role: string;
  length: number;
  sentences: string[];
  text: string;
}

/** One person's or one chat's messages, so that a made conversation keeps to a matter. */
export interface Corpus {
  scopes: SourceUnit[][];
  questions: string[];
}

/** The texts and questions of both sets. */
export function loadCorpus(folder: string): Corpus {
  const scopes = (Object.keys(SETS) as SetName[]).flatMap((set) => loadScopes(folder, set));
  return {
    scopes: scopes.map((scope) =>
      scope.sessions.flatMap((session) =>
        session.units.map(({ role, text }) => ({
          role,
          text,
          length: text.length,
          sentences: sentencesOf(text),
        })),
      ),
    ),
    questions: shuffled(
      [...new Set(scopes.flatMap((scope) => scope.questions.map((question) => question.q)))],
      3,
    ),
  };
}

function sentencesOf(text: string): string[] {
  return text.match(/[^.!?\n]+[.!?\n]*\s*/g) ?? [text];
}

const WHOLE_SHARE = 0.3;
const RUN = 3;
const FOLDERS = 20;
const FIRST_DAY = Date.UTC(2023, 0, 1);
const SPAN_MS = 700 * 86_400_000;
const TURN_MS = 60_000;

/**
 * The conversation of a number, always the same: roles and lengths of a stretch of a real one;
 * three in ten messages are real as a whole, the others are made of sentences of the same scope.
 */
export function madeConversation(
  corpus: Corpus,
  number: number,
  expected: number,
): ConversationDraft {
  const random = seededRandom(number * 7919 + 1);
  const scope = scopeAt(corpus, random());
  const start = Math.floor(random() * scope.length);
  const createdAt = FIRST_DAY + Math.floor(((number % expected) / expected) * SPAN_MS);
  const messages = Array.from({ length: PER_CONVERSATION }, (_, position): MessageDraft => {
    const template = scope[(start + position) % scope.length];
    const content =
      random() < WHOLE_SHARE
        ? (template?.text ?? "")
        : recombined(scope, template?.length ?? 0, random);
    return { role: template?.role ?? "user", content, timestamp: createdAt + position * TURN_MS };
  });
  return {
    label: `Conversation ${number}`,
    folder: `/made/${number % FOLDERS}`,
    messages,
    createdAt,
  };
}

/** Each message of the sets has the same chance, so that big scopes are drawn more often. */
function scopeAt({ scopes }: Corpus, share: number): SourceUnit[] {
  let left = share * scopes.reduce((sum, scope) => sum + scope.length, 0);
  for (const scope of scopes) {
    left -= scope.length;
    if (left < 0) return scope;
  }
  return scopes.at(-1) ?? [];
}

function recombined(scope: readonly SourceUnit[], length: number, random: () => number): string {
  let text = "";
  while (text.length < length) {
    const { sentences } = scope[Math.floor(random() * scope.length)] ?? { sentences: [] };
    const from = Math.floor(random() * sentences.length);
    const run = sentences.slice(from, from + 1 + Math.floor(random() * RUN)).join("");
    text += /\s$/.test(run) ? run : `${run} `;
  }
  return text.trim().slice(0, Math.max(length, 40));
}

/** Characters that a chunk of the model's 256 tokens covers, its overlap taken off. */
const CHUNK_CHARACTERS = 950;
const NOISE = 0.35;

/** Vectors for made texts, near those of the real sentences they are made of. */
export class MadeVectors {
  readonly #ofSentence = new Map<string, Float32Array>();
  readonly #random = seededRandom(11);
  #fallback = new Float32Array(384);

  /** Embeds every `stride`-th source message; its sentences stand for what is near it. */
  static async of(
    corpus: Corpus,
    model: EmbeddingModel,
    options: { stride: number; progress: (line: string) => void },
  ): Promise<MadeVectors> {
    const made = new MadeVectors();
    const units = corpus.scopes.flat().filter((_, at) => at % options.stride === 0);
    let done = 0;
    const entries = units.values();
    const lane = async () => {
      for (const unit of entries) {
        await made.#learn(unit, model);
        done += 1;
        if (done % 500 === 0) options.progress(`  embedded ${done} of ${units.length} sources`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
    return made;
  }

  entriesFor(task: { message: number; conversation: number; text: string }): VectorEntry[] {
    const count = Math.max(1, Math.round(task.text.length / CHUNK_CHARACTERS));
    const size = Math.ceil(task.text.length / count);
    return Array.from({ length: count }, (_, chunk) => {
      const start = chunk * size;
      const end = Math.min(task.text.length, start + size);
      return {
        message: task.message,
        conversation: task.conversation,
        chunk,
        start,
        end,
        vector: this.#near(this.#sourceOf(task.text.slice(start, end))),
      };
    });
  }

  async #learn(unit: SourceUnit, model: EmbeddingModel): Promise<void> {
    const chunks = await model.embedDocument(unit.text);
    let offset = 0;
    for (const sentence of unit.sentences) {
      const at = unit.text.indexOf(sentence, offset);
      offset = at < 0 ? offset : at + sentence.length;
      const chunk = chunks.find(({ end }) => at < end) ?? chunks.at(-1);
      if (chunk === undefined) continue;
      this.#ofSentence.set(sentence.trim(), chunk.vector);
      this.#fallback = new Float32Array(chunk.vector);
    }
  }

  /** The vector of the first sentence that was embedded; the last found where none was. */
  #sourceOf(text: string): Float32Array {
    for (const sentence of sentencesOf(text)) {
      const found = this.#ofSentence.get(sentence.trim());
      if (found === undefined) continue;
      this.#fallback = new Float32Array(found);
      return found;
    }
    return this.#fallback;
  }

  #near(source: Float32Array): Float32Array {
    const scale = NOISE * Math.sqrt(12 / source.length);
    const noisy = source.map((value) => value + scale * (this.#random() - 0.5));
    const length = Math.hypot(...noisy);
    return noisy.map((value) => value / length);
  }
}
