import type { BridgeRoutes } from "@sekha/sdk/contract";
import type { HttpAnswer } from "../../http/answer.ts";
import { readJson } from "../../http/json-body.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import type { ChatOutcome, StreamOutcome } from "../../llm/gateway.ts";
import { ndjsonLine } from "../../protocols/ndjson.ts";
import {
  chatRequestFromOllama,
  toOllamaChatResponse,
  toOllamaChunks,
} from "../../protocols/ollama/face-chat.ts";
import {
  chatRequestFromGenerate,
  toOllamaGenerateChunks,
  toOllamaGenerateResponse,
} from "../../protocols/ollama/face-generate.ts";
import type { ChatChunk, ChatRequest, ChatResponse } from "../../protocols/openai/chat.ts";
import { failureBody } from "./bridge-error-body.ts";
import { callOptions, linkedCall } from "./call-options.ts";
import { namedModel } from "./embedding-input.ts";
import type { FaceOptions } from "./face-options.ts";
import {
  checkOllamaChat,
  checkOllamaEmbed,
  checkOllamaEmbeddings,
  checkOllamaGenerate,
} from "./ollama-request-check.ts";
import { accountHeaders, dollarsOrNull, sekhaMetadata } from "./routing-metadata.ts";
import type { BridgeServices } from "./services.ts";
import { streamFailures } from "./stream-failure.ts";
import { ndjsonHeaders } from "./stream-headers.ts";
import { textStream } from "./text-stream.ts";
import { chunksOf, translated, translationError, withUsage } from "./translation.ts";

type OllamaCalls = Pick<
  BridgeRoutes,
  "ollamaChat" | "ollamaGenerate" | "ollamaEmbed" | "ollamaEmbeddings"
>;

/** The two ways Ollama writes an answer. */
interface AnswerForm {
  whole(response: ChatResponse, extra: { totalDuration?: number }): { done: boolean };
  chunks(chunks: AsyncIterable<ChatChunk>): AsyncIterable<{ done: boolean }>;
}

const CHAT: AnswerForm = { whole: toOllamaChatResponse, chunks: toOllamaChunks };
const GENERATE: AnswerForm = { whole: toOllamaGenerateResponse, chunks: toOllamaGenerateChunks };

type Dependencies = Pick<BridgeServices, "gateway" | "clock"> & FaceOptions;

/** Ollama's own routes over any provider. */
export function ollamaHandlers(
  services: Pick<BridgeServices, "gateway" | "clock">,
  options: FaceOptions,
): RouteHandlers<OllamaCalls> {
  const dependencies = { ...services, ...options };
  const { gateway, clock } = services;
  // curl names no JSON type, and Ollama asks for none.
  const bodyOf = (call: RouteCall) =>
    readJson(call.request, options.bodyLimit, { anyContentType: true });
  return {
    ollamaChat: async (_input, call) => {
      const body = checkOllamaChat(await bodyOf(call));
      if ((body.messages ?? []).length === 0) {
        const message = { role: "assistant", content: "" };
        return jsonResponse({ ...loaded(body.model, clock()), message });
      }
      const request = translated(() => chatRequestFromOllama(body));
      return answer({ request, stream: body.stream !== false, form: CHAT }, call, dependencies);
    },

    ollamaGenerate: async (_input, call) => {
      const body = checkOllamaGenerate(await bodyOf(call));
      if (!body.prompt && !body.images?.length) {
        return jsonResponse({ ...loaded(body.model, clock()), response: "" });
      }
      const request = translated(() => chatRequestFromGenerate(body));
      return answer({ request, stream: body.stream !== false, form: GENERATE }, call, dependencies);
    },

    ollamaEmbed: async (_input, call) => {
      const { input, model, dimensions } = checkOllamaEmbed(await bodyOf(call));
      const texts = [input].flat().filter((text) => text !== "");
      if (texts.length === 0) return jsonResponse({ model: model ?? "", embeddings: [] });
      const startedAt = clock();
      const outcome = await gateway.embed(
        { texts, model: namedModel(model), dimensions },
        callOptions(call),
      );
      const body = {
        model: outcome.model,
        embeddings: outcome.vectors.map((vector) => Array.from(vector)),
        total_duration: nanoseconds(clock() - startedAt),
        load_duration: 0,
        prompt_eval_count: outcome.usage.prompt_tokens,
      };
      return jsonResponse(body, { headers: accountHeaders(outcome) });
    },

    ollamaEmbeddings: async (_input, call) => {
      const { prompt, model } = checkOllamaEmbeddings(await bodyOf(call));
      if (prompt === "") return jsonResponse({ embedding: [] });
      const outcome = await gateway.embed(
        { texts: [prompt], model: namedModel(model), dimensions: undefined },
        callOptions(call),
      );
      const embedding = Array.from(outcome.vectors[0] ?? []);
      return jsonResponse({ embedding }, { headers: accountHeaders(outcome) });
    },
  };
}

/** What Ollama answers to a request that only loads a model. */
function loaded(model: string | undefined, now: number) {
  return {
    model: model ?? "",
    created_at: new Date(now).toISOString(),
    done: true,
    done_reason: "load",
  };
}

interface Asked {
  request: ChatRequest;
  stream: boolean;
  form: AnswerForm;
}

async function answer(asked: Asked, call: RouteCall, dependencies: Dependencies) {
  const { gateway, clock } = dependencies;
  if (asked.stream) return streamed(asked, call, dependencies);
  const startedAt = clock();
  const outcome = await gateway.chat(asked.request, callOptions(call));
  const totalDuration = nanoseconds(clock() - startedAt);
  return jsonResponse(wholeBody(outcome, asked.form, totalDuration), {
    headers: accountHeaders(outcome),
  });
}

function wholeBody(outcome: ChatOutcome, form: AnswerForm, totalDuration: number) {
  const body = translated(() => form.whole(outcome.body, { totalDuration }));
  return { ...body, sekha_metadata: sekhaMetadata(outcome) };
}

async function streamed(
  { request, form }: Asked,
  call: RouteCall,
  { gateway, logger }: Dependencies,
): Promise<HttpAnswer> {
  const { options, abandon } = linkedCall(call);
  const outcome = await gateway.stream(withUsage(request), options);
  const failures = streamFailures({ ...call, signal: options.signal, logger });
  return textStream(ollamaLines(outcome, form), {
    headers: ndjsonHeaders(outcome),
    abandon,
    failureText: (error) =>
      failures.textOf(translationError(error), (shown) =>
        ndjsonLine(failureBody(shown, "ollama", call.requestId)),
      ),
  });
}

/** The first line says who serves; the last, which waits for it, what it cost. */
async function* ollamaLines(
  outcome: StreamOutcome,
  form: AnswerForm,
): AsyncGenerator<string, void, undefined> {
  let metadata: object | undefined = sekhaMetadata({ ...outcome, cost: undefined });
  let last: object | undefined;
  for await (const line of form.chunks(chunksOf(outcome.events))) {
    const told = metadata === undefined ? line : { ...line, sekha_metadata: metadata };
    metadata = undefined;
    if (line.done) last = told;
    else yield ndjsonLine(told);
  }
  if (last === undefined) return;
  const { cost } = await outcome.settled;
  yield ndjsonLine({ ...last, sekha_metadata: { cost: dollarsOrNull(cost) } });
}

function nanoseconds(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1e6));
}
