import { fetch } from "undici";
import type { JsonRecord } from "../../server/src/protocols/loose-json.ts";
import type { ScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import type { ClientFace } from "./client-faces.ts";
import type { Product } from "./product.ts";
import { promptBytes, repeatedShare } from "./prompt-prefix.ts";
import type { ChatMessage, MemoryTold } from "./proxy-load.ts";
import type { Talk } from "./talks.ts";

/** What memory did at one turn, and what that left of the prompt before it. */
export interface TurnSeen {
  /** 0 is the first; it has no prompt before it. */
  turn: number;
  /** Of the previous prompt's bytes; NaN at the first turn. */
  repeated: number;
  memory: MemoryTold;
  promptBytes: number;
}

/** How a conversation is had. */
export interface Having {
  face: ClientFace;
  proxy: string;
  provider: ScriptedProvider;
  headers: Record<string, string>;
}

/** As long as that of a plain chat client. */
const SYSTEM = [
  "You are a helpful assistant. Answer briefly and to the point, in the language of the user.",
  "Where something is not clear, say what you assume. Where you do not know, say so.",
  "Use lists only where they help, code blocks for code, and no headings in short answers.",
  "Do not repeat the question, and do not end with an offer of more help.",
].join("\n");

/** Has a conversation through the proxy and looks at what the provider got. */
export async function have({ exchanges }: Talk, having: Having): Promise<TurnSeen[]> {
  const { face, provider } = having;
  const said: ChatMessage[] = [];
  const seen: TurnSeen[] = [];
  let before: Buffer | undefined;
  for (const [turn, { asked, answered }] of exchanges.entries()) {
    said.push({ role: "user", content: asked });
    await provider.clear();
    provider.script({ kind: "answer", status: 200, body: JSON.stringify(face.answer(answered)) });
    const memory = await ask(said, having);
    const prompt = promptBytes((provider.requests.at(-1)?.body ?? {}) as JsonRecord);
    const repeated = before === undefined ? Number.NaN : repeatedShare(before, prompt);
    seen.push({ turn, repeated, memory, promptBytes: prompt.length });
    before = prompt;
    said.push({ role: "assistant", content: answered });
  }
  return seen;
}

async function ask(
  said: readonly ChatMessage[],
  { face, proxy, headers }: Having,
): Promise<MemoryTold> {
  const response = await fetch(`${proxy}${face.path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(face.request(SYSTEM, said)),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 300)}`);
  const { sekha_metadata: told } = JSON.parse(text) as { sekha_metadata: { memory: MemoryTold } };
  return told.memory;
}

/** A memory that holds the very conversation that is to be had would know the answers by heart. */
export async function forgetSession({ url }: Pick<Product, "url">, name: string): Promise<void> {
  const list = await fetch(`${url}/api/v1/conversations?page_size=100`);
  const { conversations } = (await list.json()) as {
    conversations: { id: string; label: string }[];
  };
  for (const { id } of conversations.filter(({ label }) => label === name)) {
    await fetch(`${url}/api/v1/conversations/${id}`, { method: "DELETE" });
  }
}
