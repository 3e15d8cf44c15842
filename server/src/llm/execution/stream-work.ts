import type { ChatRequest } from "../../protocols/openai/chat.ts";
import type { CallOptions, StreamOutcome } from "../gateway.ts";
import type { StreamEvents } from "../provider.ts";
import type { Attempt } from "./attempt.ts";
import { type PrepareRequest, preparedFor } from "./chat-work.ts";
import { CommittedStream, type StreamEnd } from "./committed-stream.ts";
import type { Work } from "./execution.ts";
import { close, StreamOpening } from "./stream-opening.ts";

export interface StreamWorkOptions {
  request: ChatRequest;
  prepare: PrepareRequest;
  commit: NonNullable<CallOptions["commit"]>;
  /** Called once when the events ended, however. */
  onEnd: (end: StreamEnd) => void;
}

export type OpenedStream = Omit<StreamOutcome, "overheadMs">;

/** A streamed chat, up to the point from which on its client is bound to its provider (bridge.md, semantics 1). */
export class StreamWork implements Work<OpenedStream> {
  readonly streamed = true;
  readonly #options: StreamWorkOptions;

  constructor(options: StreamWorkOptions) {
    this.#options = options;
  }

  async perform(attempt: Attempt): Promise<OpenedStream> {
    const { request, prepare, commit, onEnd } = this.#options;
    const prepared = await preparedFor(attempt, request, prepare);
    const { provider, call } = attempt;
    const stream = await attempt.wait(provider.stream(prepared, call), leave);
    const opening = new StreamOpening(attempt, stream[Symbol.asyncIterator]());
    await opening.readTo(commit);
    const served = attempt.serve();
    const wantsUsage = request.stream_options?.include_usage === true;
    const events = new CommittedStream({ attempt, served, opening, wantsUsage, onEnd });
    return { served, events, settled: events.settled };
  }
}

function leave(stream: StreamEvents): void {
  close(stream[Symbol.asyncIterator]());
}
