import type { HttpAnswer } from "../../http/answer.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { PlacedTurn, ProxyFace } from "./faces/proxy-face.ts";
import { type Prompt, withBlocks } from "./prompt.ts";
import type { MemoryRequest } from "./proxy-memory.ts";
import { memoryMetadata } from "./sekha-metadata.ts";
import type { ProxyServices } from "./services.ts";

interface Explained {
  face: ProxyFace;
  prompt: Prompt;
  turns: readonly PlacedTurn[];
  request: MemoryRequest;
}

/** What would be put into the prompt, and why; no model is called and nothing is stored (`X-Sekha-Explain`). */
export async function explanation(
  { face, prompt, turns, request }: Explained,
  { look }: Pick<ProxyServices, "look">,
): Promise<HttpAnswer> {
  const { blocks, report, candidates } = await look(request);
  return jsonResponse({
    object: "sekha.explanation",
    ...memoryMetadata(report, prompt.imageCount),
    blocks: blocks.map(({ turn, text }) => ({ turn, text })),
    candidates,
    request: withBlocks(face, prompt.json, { turns, blocks }) ?? prompt.json,
  });
}
