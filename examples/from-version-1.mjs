import process from "node:process";
import SekhaClient, { MemoryController, SekhaAPIError } from "@sekha/sdk";

const baseURL = process.env.SEKHA_API_URL ?? "http://localhost:8080";
const bridgeURL = process.env.SEKHA_BRIDGE_URL ?? "http://localhost:5001";
const apiKey = process.env.SEKHA_API_KEY ?? "";

// As version 1's programs are written; only the name of the package changes.
const memory = new MemoryController({ baseURL, apiKey, defaultLabel: "Notes" });
const created = await memory.create({
  folder: "/examples",
  messages: [{ role: "user", content: "The ferry leaves at noon." }],
});
await memory.updateLabel(created.id, "Ferry", "/examples/travel");
const { results } = await memory.query("when does the ferry leave", { limit: 3 });
console.log(results.map(({ label }) => label));
try {
  await memory.getConversation("00000000-0000-4000-8000-000000000000");
} catch (error) {
  if (!(error instanceof SekhaAPIError)) throw error;
  console.log(`${error.statusCode}: ${error.message}`);
}

// The same today, where the parts have their own names.
const client = new SekhaClient({ controllerURL: baseURL, bridgeURL, apiKey });
await client.conversations.update(created.id, { label: "Ferry", folder: "/examples/travel" });
const found = await client.search({ query: "when does the ferry leave", limit: 3 });
console.log(found.results.map(({ label }) => label));

// And version 1's ways through memory and model.
const answer = await client.completeWithContext("When do I have to be there?", "ferry", {
  model: process.env.SEKHA_MODEL,
});
console.log(answer.choices[0].message.content);
