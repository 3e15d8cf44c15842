import process from "node:process";
import { SekhaClient } from "@sekha/sdk";

const client = new SekhaClient({
  controllerURL: process.env.SEKHA_API_URL ?? "http://localhost:8080",
  proxyURL: process.env.SEKHA_PROXY_URL ?? "http://localhost:8081",
  apiKey: process.env.SEKHA_API_KEY,
});

await client.conversations.create(
  {
    label: "Garden",
    folder: "/examples",
    messages: [{ role: "user", content: "The tomatoes are watered on Tuesdays and Fridays." }],
  },
  { wait: true },
);

// The proxy recalls what helps, asks the model, and remembers the answer.
const answer = await client.proxy.chat({
  model: process.env.SEKHA_MODEL,
  messages: [{ role: "user", content: "When are the tomatoes watered?" }],
});
console.log(answer.choices[0].message.content);
for (const { label, folder } of answer.sekha_metadata.context_used ?? []) {
  console.log(`Recalled: ${label} (${folder})`);
}
