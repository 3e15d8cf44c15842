/** What a client saw of one request. Times are milliseconds. */
export interface Observation {
  /** null: there was no answer. */
  status: number | null;
  text: string;
  /** The model that the answer names. */
  model: string | null;
  finish: string | null;
  /** `[DONE]` of a stream; of a whole answer, that it was JSON with a choice. */
  done: boolean;
  /** What an error, as the answer or inside the stream, says. */
  error: string | null;
  /** The connection ended without a proper end. */
  broken: boolean;
  /** The client's deadline passed. */
  hung: boolean;
  /** x-sekha-provider */
  provider: string | null;
  completionTokens: number | null;
  tookMs: number;
}

export interface Question {
  url: string;
  stream: boolean;
  model: string;
  /** After so long a client calls it a hang. */
  deadlineMs: number;
  /** The client goes away. */
  signal?: AbortSignal;
}

/** Asks as a plain OpenAI client without retries does, and notes everything. */
export async function observe(question: Question): Promise<Observation> {
  const startedAt = performance.now();
  const seen: Observation = {
    status: null,
    text: "",
    model: null,
    finish: null,
    done: false,
    error: null,
    broken: false,
    hung: false,
    provider: null,
    completionTokens: null,
    tookMs: 0,
  };
  const deadline = AbortSignal.timeout(question.deadlineMs);
  try {
    await read(question, seen, deadline);
  } catch {
    // Cut, aborted, or too late: which of them is what the client notes.
    seen.hung = deadline.aborted;
    seen.broken = !deadline.aborted;
  }
  seen.tookMs = performance.now() - startedAt;
  return seen;
}

async function read(question: Question, seen: Observation, deadline: AbortSignal): Promise<void> {
  const { url, stream, model, signal } = question;
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model,
      stream,
      ...(stream ? { stream_options: { include_usage: true } } : {}),
      messages: [{ role: "user", content: "Say the sixty words." }],
    }),
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  });
  seen.status = answer.status;
  seen.provider = answer.headers.get("x-sekha-provider");
  if (stream && answer.ok) await readEvents(answer, seen);
  else readWhole(await answer.text(), seen);
}

interface AnswerPart {
  model?: string;
  error?: { message?: string } | string;
  choices?: {
    message?: { content?: string | null };
    delta?: { content?: string | null };
    finish_reason?: string | null;
  }[];
  usage?: { completion_tokens?: number } | null;
}

function readWhole(text: string, seen: Observation): void {
  let part: AnswerPart;
  try {
    part = JSON.parse(text) as AnswerPart;
  } catch {
    // No JSON is no answer to a client.
    seen.broken = true;
    return;
  }
  note(part, seen);
  seen.done = part.choices?.[0]?.message !== undefined;
}

async function readEvents(answer: Response, seen: Observation): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of answer.body ?? []) {
    rest += decoder.decode(piece as Uint8Array, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data:")) readData(line.slice(5).trim(), seen);
  }
}

function readData(data: string, seen: Observation): void {
  if (data === "[DONE]") seen.done = true;
  else note(JSON.parse(data) as AnswerPart, seen);
}

function note(part: AnswerPart, seen: Observation): void {
  const [choice] = part.choices ?? [];
  seen.text += choice?.delta?.content ?? choice?.message?.content ?? "";
  seen.finish = choice?.finish_reason ?? seen.finish;
  seen.model = part.model ?? seen.model;
  seen.completionTokens = part.usage?.completion_tokens ?? seen.completionTokens;
  if (part.error !== undefined) {
    seen.error = typeof part.error === "string" ? part.error : (part.error.message ?? "error");
  }
}
