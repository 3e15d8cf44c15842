import process from "node:process";
import { SekhaClient } from "@sekha/sdk";

const client = new SekhaClient({
  controllerURL: process.env.SEKHA_API_URL ?? "http://localhost:8080",
  apiKey: process.env.SEKHA_API_KEY,
});

await client.conversations.create(
  {
    label: "Bread",
    folder: "/examples",
    messages: [{ role: "user", content: "My sourdough rests for a day in the cellar." }],
  },
  { wait: true },
);

const question = "How long does my dough rest?";
const context = await client.context.assemble({
  query: question,
  // Tokens; the context stays below.
  context_budget: 1000,
  excluded_folders: ["/private"],
});

// Any model's client takes these messages.
const messages = [
  { role: "system", content: context.assembled_context },
  { role: "user", content: question },
];
console.log(JSON.stringify(messages, null, 2));
console.log(`${context.tokens_used} tokens from ${context.conversations_used} conversations`);
