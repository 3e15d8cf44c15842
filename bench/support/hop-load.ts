import { Pool } from "undici";
import type { MeasuredProcess } from "./bridge.ts";

/** Something to send the same chat requests through. */
export interface Hop {
  name: string;
  url: string;
  headers: Record<string, string>;
  /** undefined: the provider itself, asked directly. */
  process: MeasuredProcess | undefined;
}

/** One round of one kind of request. */
export interface Round {
  /** Milliseconds of each request: to the end of a whole answer, to the first token of a stream. */
  times: number[];
  requestsPerSecond: number;
  /** Of the hop's process; NaN without one. */
  cpuMsPerRequest: number;
}

interface Load {
  requests: number;
  connections: number;
  stream: boolean;
}

const LIMIT_MS = 30_000;

/** Sends so many requests over so many connections, each as soon as the one before it is answered. */
export async function measure(hop: Hop, { requests, connections, stream }: Load): Promise<Round> {
  const pool = new Pool(hop.url, { connections });
  const body = bodyOf(stream);
  const times: number[] = [];
  let left = requests;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      times.push(await once(pool, hop, body));
    }
  };
  try {
    const before = await hop.process?.usage();
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: connections }, client));
    const tookMs = performance.now() - startedAt;
    const after = await hop.process?.usage();
    return {
      times,
      requestsPerSecond: (requests * 1000) / tookMs,
      cpuMsPerRequest: ((after?.cpuMs ?? Number.NaN) - (before?.cpuMs ?? Number.NaN)) / requests,
    };
  } finally {
    await pool.close();
  }
}

function bodyOf(stream: boolean): string {
  return JSON.stringify({
    model: "bench-model",
    stream,
    max_tokens: 200,
    messages: [
      { role: "system", content: "You answer in a few words." },
      { role: "user", content: "What did I say about the blue pot last week? ".repeat(4) },
    ],
  });
}

/** Milliseconds to the first piece with text, or to the end; checks that the answer was whole. */
async function once(pool: Pool, { name, headers }: Hop, body: string): Promise<number> {
  const startedAt = performance.now();
  let firstAt = Number.NaN;
  let last = "";
  const answer = await pool.request({
    path: "/v1/chat/completions",
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  for await (const chunk of answer.body) {
    last = String(chunk);
    if (Number.isNaN(firstAt) && last.includes("word1")) firstAt = performance.now();
  }
  const whole = last.includes("[DONE]") || last.includes('"usage"');
  if (answer.statusCode !== 200 || Number.isNaN(firstAt) || !whole) {
    throw new Error(`${name} answered ${answer.statusCode}: ${last.slice(-300)}`);
  }
  return firstAt - startedAt;
}
