import type { BridgeRoutes } from "@sekha/sdk/contract";
import type { Trespass, Trespasses } from "./trespass.ts";

const CHAT = "llama3.1:8b";
const EMBEDDING = "nomic-embed-text:latest";
const messages = [{ role: "user", content: "an intruder was here" }];

const READS: Trespass = { status: 200 };

function sending(...bodies: unknown[]): Trespass {
  return { bodies: () => bodies, status: 200 };
}

/** What calls of models cost is the only thing the bridge keeps of anybody. */
export const BRIDGE_TRESPASSES: Trespasses<BridgeRoutes> = {
  chat: sending({ model: CHAT, messages }, { model: CHAT, messages, stream: true }),
  responses: sending({ model: CHAT, input: "an intruder was here" }),
  embeddings: sending({ model: EMBEDDING, input: "an intruder" }),
  listModels: READS,
  getModel: { params: () => [CHAT], status: 200 },
  messages: sending({ model: CHAT, max_tokens: 10, messages }),
  countTokens: sending({ model: CHAT, messages }),
  ollamaChat: sending({ model: CHAT, messages, stream: false }),
  ollamaGenerate: sending({ model: CHAT, prompt: "an intruder", stream: false }),
  ollamaEmbed: sending({ model: EMBEDDING, input: "an intruder" }),
  ollamaEmbeddings: sending({ model: EMBEDDING, prompt: "an intruder" }),
  ollamaTags: READS,
  ollamaRunning: READS,
  ollamaShow: sending({ model: CHAT }),
  ollamaVersion: READS,
  route: sending({ task: "chat_small" }),
  models: READS,
  tasks: READS,
  providersHealth: { queries: () => ["", "?format=list"], status: 200 },
  testProvider: {
    bodies: () => [{ provider_id: "ollama_migrated" }],
    status: 403,
  },
  resetProvider: { params: () => ["ollama_migrated"], status: 403 },
  costs: {
    queries: () => ["", "?by=key", "?by=model", "?by=day", "?by=user"],
    status: 200,
  },
  estimate: sending({ model: CHAT, messages }),
  embed: sending({ text: "an intruder" }),
  summarize: sending({ text: "an intruder was here and left again", level: "brief" }),
  extract: sending({ text: "an intruder was here" }),
  score: sending({ text: "an intruder was here" }),
  facts: sending({ texts: ["an intruder was here"] }),
  labels: sending({ text: "an intruder was here", existing: ["Intruders"] }),
  about: READS,
  health: READS,
  metrics: { status: 403 },
  openApi: READS,
  docs: READS,
};
