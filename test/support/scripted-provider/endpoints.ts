import type { IncomingHttpHeaders } from "node:http";
import { type Answer, jsonAnswer, textAnswer } from "./answer.ts";
import { anthropicDialect } from "./anthropic-dialect.ts";
import { anthropicMistake } from "./anthropic-request.ts";
import { type Json, textOf } from "./call.ts";
import type { Dialect, ErrorKind } from "./dialect.ts";
import { ollamaEmbed, ollamaEmbeddings, openAiEmbeddings, readEmbed } from "./embedding-answers.ts";
import {
  anthropicModels,
  ollamaShow,
  ollamaTags,
  openAiModel,
  openAiModels,
  openRouterModels,
} from "./list-answers.ts";
import { ollamaDialect, ollamaGenerateDialect, ollamaMistake } from "./ollama-dialect.ts";
import { openAiDialect } from "./openai-dialect.ts";
import { openRouterDialect } from "./openrouter-dialect.ts";
import { type Reply, replyTo } from "./reply.ts";
import type { Setting } from "./setting.ts";
import type { BadVectors } from "./vectors.ts";

/** What a fault changes about what is said, as against how it is sent. */
export interface Twist {
  model?: string;
  reply?: (reply: Reply) => Reply;
  vectors?: BadVectors;
}

export interface Asked {
  path: string;
  headers: IncomingHttpHeaders;
  body: Json;
  setting: Setting;
  twist: Twist;
}

export interface Endpoint {
  dialect: Dialect;
  /** Faults without a path meet these only. */
  work: boolean;
  answer(asked: Asked): Answer;
}

const LISTED = ["scripted-chat", "scripted-embed"];

const openAiChat = chatEndpoint(openAiDialect);
const openAiEmbed: Endpoint = {
  dialect: openAiDialect,
  work: true,
  answer: ({ body, setting, twist }) =>
    openAiEmbeddings(twisted(readEmbed(body), twist), making(setting, twist)),
};
const openAiList: Endpoint = listEndpoint(openAiDialect, openAiModels);

const ENDPOINTS: Record<string, Endpoint> = {
  "POST /v1/chat/completions": openAiChat,
  "POST /chat/completions": openAiChat,
  "POST /v1/embeddings": openAiEmbed,
  "POST /embeddings": openAiEmbed,
  "GET /models": openAiList,
  "POST /api/v1/chat/completions": chatEndpoint(openRouterDialect),
  "POST /api/v1/embeddings": {
    dialect: openRouterDialect,
    work: true,
    answer: ({ body, setting, twist }) =>
      openAiEmbeddings(twisted(readEmbed(body), twist), {
        ...making(setting, twist),
        usage: { cost: setting.usage.cost ?? 0.00001 },
      }),
  },
  "GET /api/v1/models": listEndpoint(openRouterDialect, openRouterModels),
  "POST /v1/messages": chatEndpoint(anthropicDialect, ({ body, headers }) =>
    anthropicMistake(body, headers),
  ),
  "POST /v1/messages/count_tokens": {
    dialect: anthropicDialect,
    work: true,
    answer: ({ body, setting }) => {
      const { prompt } = replyTo(anthropicDialect.readChat(body), setting).usage;
      return jsonAnswer({ input_tokens: prompt });
    },
  },
  "POST /api/chat": chatEndpoint(ollamaDialect, ({ body }) => ollamaMistake(body)),
  "POST /api/generate": chatEndpoint(ollamaGenerateDialect),
  "POST /api/embed": {
    dialect: ollamaDialect,
    work: true,
    answer: ({ body, setting, twist }) =>
      ollamaEmbed(twisted(readEmbed(body), twist), making(setting, twist)),
  },
  "POST /api/embeddings": {
    dialect: ollamaDialect,
    work: true,
    answer: ({ body, setting, twist }) => ollamaEmbeddings(body, making(setting, twist)),
  },
  "GET /api/tags": listEndpoint(ollamaDialect, ollamaTags),
  "GET /api/ps": listEndpoint(ollamaDialect, ollamaTags),
  "POST /api/show": {
    dialect: ollamaDialect,
    work: false,
    answer: ({ setting }) => ollamaShow(setting.dimension),
  },
  "GET /api/version": {
    dialect: ollamaDialect,
    work: false,
    answer: () => jsonAnswer({ version: "0.13.0" }),
  },
  "GET /": {
    dialect: ollamaDialect,
    work: false,
    answer: () =>
      textAnswer("Ollama is running", { status: 200, headers: { "content-type": "text/plain" } }),
  },
};

const anthropicList = listEndpoint(anthropicDialect, anthropicModels);
const openAiOne: Endpoint = {
  dialect: openAiDialect,
  work: false,
  answer: ({ path }) => jsonAnswer(openAiModel(decodeURIComponent(path.split("/").at(-1) ?? ""))),
};

/** undefined: no provider has this path. Both OpenAI and Anthropic have `/v1/models`; a header tells them apart. */
export function endpointFor(
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
): Endpoint | undefined {
  if (method === "GET" && path === "/v1/models") {
    return headers["anthropic-version"] === undefined ? openAiList : anthropicList;
  }
  if (method === "GET" && path.startsWith("/v1/models/")) return openAiOne;
  return ENDPOINTS[`${method} ${path}`];
}

/** An error in the words of whoever is played. */
export function errorAnswer(
  dialect: Dialect,
  kind: ErrorKind,
  details: {
    model: string;
    message?: string;
    status?: number | undefined;
    headers?: Record<string, string>;
  },
): Answer {
  const { status, body } = dialect.error(kind, details);
  return jsonAnswer(body, { status: details.status ?? status, headers: details.headers ?? {} });
}

function chatEndpoint(
  dialect: Dialect,
  mistake: (asked: Asked) => string | undefined = ({ body }) =>
    Array.isArray(body.messages) || body.prompt !== undefined
      ? undefined
      : "Missing required parameter: 'messages'.",
): Endpoint {
  return {
    dialect,
    work: true,
    answer: (asked) => {
      const { body, setting, twist } = asked;
      const message = mistake(asked);
      const model = textOf(body.model);
      if (message !== undefined) return errorAnswer(dialect, "invalid_request", { model, message });
      const call = dialect.readChat(body);
      const reply = twisted(replyTo(call, setting), twist);
      return dialect.answer(twist.reply?.(reply) ?? reply, call.stream);
    },
  };
}

function listEndpoint(dialect: Dialect, list: (models: readonly string[]) => Answer): Endpoint {
  return { dialect, work: false, answer: ({ setting }) => list(setting.models ?? LISTED) };
}

function twisted<T extends { model: string }>(value: T, twist: Twist): T {
  return twist.model === undefined ? value : { ...value, model: twist.model };
}

function making(setting: Setting, twist: Twist) {
  return { dimension: setting.dimension, bad: twist.vectors };
}
