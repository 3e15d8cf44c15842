import type { ChatRequest } from "../../protocols/openai/chat.ts";
import type { ChatOutcome } from "../gateway.ts";
import type { Candidate } from "../routing/route.ts";
import { withAnswerLimit } from "./answer-limit.ts";
import { checkAnswer, receivedOf } from "./answer-progress.ts";
import type { Attempt } from "./attempt.ts";
import type { Work } from "./execution.ts";

/** The request as a candidate can take it; throws SekhaError for images that it cannot. */
export type PrepareRequest = (
  request: ChatRequest,
  call: { candidate: Candidate; images: number; signal: () => AbortSignal },
) => Promise<ChatRequest> | ChatRequest;

export type WholeChat = Omit<ChatOutcome, "overheadMs">;

/** A chat answered as a whole. */
export class ChatWork implements Work<WholeChat> {
  readonly streamed = false;
  readonly #request: ChatRequest;
  readonly #prepare: PrepareRequest;

  constructor({ request, prepare }: { request: ChatRequest; prepare: PrepareRequest }) {
    this.#request = request;
    this.#prepare = prepare;
  }

  async perform(attempt: Attempt): Promise<WholeChat> {
    const prepared = preparedFor(attempt, this.#request, this.#prepare);
    const request = prepared instanceof Promise ? await prepared : prepared;
    const { body, raw } = await attempt.wait(attempt.provider.chat(request, attempt.call));
    checkAnswer(body);
    const served = attempt.serve();
    const { usage, cost } = attempt.succeed(receivedOf(body));
    return { body, raw, served, usage, cost };
  }
}

/** Waits only where there is something to prepare: most requests have no images. */
export function preparedFor(
  attempt: Attempt,
  request: ChatRequest,
  prepare: PrepareRequest,
): ChatRequest | Promise<ChatRequest> {
  const { candidate, call } = attempt;
  const limited = withAnswerLimit(request, candidate);
  const prepared = prepare(limited, {
    candidate,
    images: attempt.images,
    signal: () => call.signal,
  });
  return prepared instanceof Promise ? attempt.wait(prepared) : prepared;
}
