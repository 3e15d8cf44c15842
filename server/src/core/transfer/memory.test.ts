import { describe, expect, it } from "vitest";
import { chatGpt, NOW, type NodeFixture, textContent } from "./__fixtures__/parsing.ts";
import { parseImport } from "./parse-import.ts";

const MEGABYTE = 1024 * 1024;
const EXPORT_BYTES = 200 * MEGABYTE;
const ALLOWED_GROWTH = 150 * MEGABYTE;

/** A ChatGPT export of about 200 MB, made while it is read. */
async function* largeExport(): AsyncGenerator<Uint8Array> {
  const nodes: NodeFixture[] = Array.from({ length: 200 }, (_, index) => ({
    id: `n${index}`,
    parent: index === 0 ? null : `n${index - 1}`,
    role: index % 2 === 0 ? "user" : "assistant",
    content: textContent(`Turn ${index}: ${"some words of a conversation ".repeat(35)}`),
  }));
  const conversation = chatGpt(nodes, { current_node: "n199", conversation_id: "c-ID" });
  yield Buffer.from("[");
  for (let bytes = 0, index = 0; bytes < EXPORT_BYTES; index += 1) {
    const chunk = Buffer.from(
      `${index === 0 ? "" : ","}${conversation.replace("c-ID", `c-${index}`)}`,
    );
    bytes += chunk.length;
    yield chunk;
  }
  yield Buffer.from("]");
}

describe("memory", () => {
  it("stays bounded while an export of 200 MB is read [req:import.streams] [req:storage.paged]", {
    timeout: 120_000,
  }, async () => {
    const before = process.memoryUsage().heapUsed;
    let peak = before;
    let messages = 0;
    let bytesRead = 0;
    for await (const item of parseImport(largeExport(), { fileName: "x.json", now: () => NOW })) {
      peak = Math.max(peak, process.memoryUsage().heapUsed);
      messages += item.kind === "conversation" ? item.draft.messages.length : 0;
      bytesRead = item.kind === "progress" ? item.bytesRead : bytesRead;
    }
    expect(bytesRead).toBeGreaterThan(EXPORT_BYTES);
    expect(messages).toBeGreaterThan(100_000);
    expect(peak - before).toBeLessThan(ALLOWED_GROWTH);
  });
});
