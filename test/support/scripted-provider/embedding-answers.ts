import { type Answer, jsonAnswer, textAnswer } from "./answer.ts";
import { type EmbedCall, type Json, numberOf, textOf } from "./call.ts";
import { type BadVectors, base64Of, jsonWithNaN, spoiled, vectorOf } from "./vectors.ts";

/** OpenAI's and OpenRouter's body, and Ollama's `/api/embed`. */
export function readEmbed(body: Json): EmbedCall {
  const { input } = body;
  return {
    model: textOf(body.model),
    texts: Array.isArray(input) ? textsOf(input) : [textOf(input)],
    dimensions: numberOf(body.dimensions),
    base64: body.encoding_format === "base64",
  };
}

/** Lists of token numbers stand for texts too. */
function textsOf(input: unknown[]): string[] {
  if (input.length > 0 && input.every((one) => typeof one === "number")) return [input.join(" ")];
  return input.map((one) => (Array.isArray(one) ? one.join(" ") : textOf(one)));
}

function vectorsOf(call: EmbedCall, dimension: number, bad: BadVectors | undefined): number[][] {
  const vectors = call.texts.map((text) => vectorOf(text, call.dimensions ?? dimension));
  return bad === undefined ? vectors : spoiled(vectors, bad);
}

function tokensOf(call: EmbedCall): number {
  return call.texts.reduce((sum, text) => sum + Math.max(1, Math.ceil(text.length / 4)), 0);
}

interface Making {
  dimension: number;
  bad: BadVectors | undefined;
  /** Beside prompt_tokens and total_tokens. */
  usage?: Record<string, unknown>;
}

export function openAiEmbeddings(call: EmbedCall, { dimension, bad, usage }: Making): Answer {
  const tokens = tokensOf(call);
  return numbersAnswer({
    object: "list",
    data: vectorsOf(call, dimension, bad).map((vector, index) => ({
      object: "embedding",
      index,
      embedding: call.base64 ? base64Of(vector) : vector,
    })),
    model: call.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens, ...usage },
  });
}

export function ollamaEmbed(call: EmbedCall, { dimension, bad }: Making): Answer {
  return numbersAnswer({
    model: call.model,
    embeddings: vectorsOf(call, dimension, bad),
    total_duration: 14_143_917,
    load_duration: 1_019_500,
    prompt_eval_count: tokensOf(call),
  });
}

/** The old `/api/embeddings`: one prompt, one vector. */
export function ollamaEmbeddings(body: Json, { dimension, bad }: Making): Answer {
  const call = readEmbed({ model: body.model, input: textOf(body.prompt) });
  return numbersAnswer({ embedding: vectorsOf(call, dimension, bad)[0] ?? [] });
}

function numbersAnswer(body: Record<string, unknown>): Answer {
  const text = jsonWithNaN(body);
  if (!text.includes("NaN")) return jsonAnswer(body);
  return textAnswer(text, { status: 200, headers: { "content-type": "application/json" } });
}
