import * as faces from "./bridge-faces.ts";
import { BRIDGE_ROUTES } from "./bridge-routes.ts";
import * as proxy from "./proxy.ts";
import { defineRoutes } from "./route.ts";
import { serviceRoutes } from "./service-routes.ts";

const { chat, responses, messages, ollamaChat } = BRIDGE_ROUTES;

/** Shows what would be put into the prompt, and why; no model is called and nothing is stored. */
export const DRY_LOOK_HEADER = "X-Sekha-Explain";

/** With memory: the bridge's faces, whose prompts get what is recalled and whose answers are kept. */
const memoryRoutes = defineRoutes({
  chat: {
    ...chat,
    dryLook: DRY_LOOK_HEADER,
    summary: "Chat with memory, whole or as server-sent events",
    describedBody: proxy.withMemoryFields(faces.chatBody, "ProxyChatRequest"),
  },
  responses: {
    ...responses,
    dryLook: DRY_LOOK_HEADER,
    summary: "OpenAI's Responses API with memory, whole or as events",
    describedBody: proxy.withMemoryFields(faces.responsesBody, "ProxyResponsesRequest"),
  },
  messages: {
    ...messages,
    dryLook: DRY_LOOK_HEADER,
    summary: "Anthropic's Messages API with memory, whole or as events",
    describedBody: proxy.withMemoryFields(faces.anthropicBody, "ProxyMessagesRequest"),
  },
  ollamaChat: {
    ...ollamaChat,
    dryLook: DRY_LOOK_HEADER,
    summary: "Ollama's chat with memory; JSON lines unless `stream` is false",
    describedBody: proxy.withMemoryFields(faces.ollamaChatBody, "ProxyOllamaChatRequest"),
  },
});

const {
  embeddings,
  listModels,
  getModel,
  countTokens,
  ollamaGenerate,
  ollamaEmbed,
  ollamaEmbeddings,
  ollamaTags,
  ollamaRunning,
  ollamaShow,
  ollamaVersion,
} = BRIDGE_ROUTES;

/** Without memory: passed to the bridge as they come. */
export const PASSED_ROUTES = {
  embeddings,
  listModels,
  getModel,
  countTokens,
  ollamaGenerate,
  ollamaEmbed,
  ollamaEmbeddings,
  ollamaTags,
  ollamaRunning,
  ollamaShow,
  ollamaVersion,
} as const;

const proxySystemRoutes = defineRoutes({
  home: {
    method: "GET",
    path: "/",
    tag: "System",
    summary: "How to point a client here, as a page to read",
    access: "read",
    status: 200,
    produces: ["text/html"],
  },
  info: {
    method: "GET",
    path: "/api/info",
    tag: "System",
    summary: "What this service is and how it is set up",
    access: "read",
    status: 200,
    response: proxy.proxyInfoOutput,
  },
  proxyHealth: {
    method: "GET",
    path: "/health",
    aliases: ["/api/v1/health"],
    tag: "System",
    summary: "Whether memory and the bridge answer; 503 when the bridge does not",
    access: "open",
    status: 200,
    response: proxy.proxyHealthOutput,
  },
  ...serviceRoutes,
});

/** Every route of the proxy. */
export const PROXY_ROUTES = { ...memoryRoutes, ...PASSED_ROUTES, ...proxySystemRoutes } as const;

export type ProxyRoutes = typeof PROXY_ROUTES;
