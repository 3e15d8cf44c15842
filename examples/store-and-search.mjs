import process from "node:process";
import { SekhaClient } from "@sekha/sdk";

const client = new SekhaClient({
  controllerURL: process.env.SEKHA_API_URL ?? "http://localhost:8080",
  apiKey: process.env.SEKHA_API_KEY,
});

const stored = await client.conversations.create(
  {
    label: "House",
    folder: "/examples",
    messages: [
      { role: "user", content: "Where did I leave the spare key?" },
      { role: "assistant", content: "Under the blue flower pot beside the door." },
    ],
  },
  // Resolves when it can be found by meaning too; without it, when it is durable.
  { wait: true },
);
console.log(`Stored ${stored.id} with ${stored.message_count} messages.`);

const byMeaning = await client.search({ query: "how do I get in without my key", limit: 3 });
for (const { label, score, content } of byMeaning.results) {
  console.log(`${score.toFixed(2)}  ${label}: ${content}`);
}

const byWord = await client.searchFullText({ query: '"flower pot" OR shed' });
console.log(`${byWord.total} messages have the words.`);
