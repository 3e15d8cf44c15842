import process from "node:process";
import { SekhaApiError, SekhaClient, SekhaConnectionError } from "@sekha/sdk";

const client = new SekhaClient({
  controllerURL: process.env.SEKHA_API_URL ?? "http://localhost:8080",
  bridgeURL: process.env.SEKHA_BRIDGE_URL ?? "http://localhost:5001",
  apiKey: process.env.SEKHA_API_KEY,
});
const request = {
  model: process.env.SEKHA_MODEL,
  messages: [{ role: "user", content: "Tell me about ferns." }],
};

try {
  // The loop ends without an error only when the answer is complete.
  for await (const text of client.bridge.streamText(request)) process.stdout.write(text);
  process.stdout.write("\n(complete)\n");
} catch (error) {
  if (error instanceof SekhaConnectionError) console.log("\n(cut: the connection broke)");
  else if (error instanceof SekhaApiError) console.log(`\n(cut: ${error.message})`);
  else throw error;
}
