import { asRecord, type JsonRecord, parseLoose } from "../../protocols/loose-json.ts";
import { FramingError, ProtocolErrorEvent, StreamCut } from "../../protocols/stream-failure.ts";
import { Untranslatable } from "../../protocols/untranslatable.ts";
import { type FailureCategory, ProviderFailure } from "../failure.ts";
import type { ProbeResult, ProviderCall } from "../provider.ts";
import type { ProviderEntry } from "../registry/entries.ts";
import { type CallTarget, targetName } from "../transport/call-target.ts";
import { urlSecrets } from "../transport/redaction.ts";
import {
  createTransport,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from "../transport/transport.ts";
import { type ComplaintContext, complaintFailure } from "./complaint.ts";
import type { HeaderSets } from "./header-sets.ts";
import {
  type Complain,
  errorAnswer,
  errorWithin,
  namedError,
  type ReportedError,
} from "./reported-error.ts";

export interface ProviderLinkOptions {
  entry: ProviderEntry;
  /** The entry's, with or without what the API's paths begin with. */
  baseUrl: string;
  maxConcurrency: number | undefined;
  headers: HeaderSets;
  /** Environment variable that usually holds the key. */
  keyVariable: string | undefined;
  complain: Complain;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

type Call = Omit<ProviderCall, "model"> & { model?: ProviderCall["model"] };

/** A good whole answer. */
export interface JsonAnswer {
  body: JsonRecord;
  raw: string;
}

/** Characters of a configured header; shorter ones are words such as `true`. */
const SHORTEST_SECRET = 8;
const WHOLE_TYPE = /json|html/i;
/** Milliseconds, for a provider without models. */
const DEFAULT_CONNECT_TIMEOUT = 10_000;

/** What the clients of all protocols share: one provider's connections, and what its failures are called. */
export class ProviderLink {
  readonly #options: ProviderLinkOptions;
  readonly #transport: Transport;
  readonly #secrets: readonly string[];
  readonly #itself: CallTarget;

  constructor(options: ProviderLinkOptions) {
    const { entry, baseUrl, maxConcurrency } = options;
    this.#options = options;
    this.#itself = { providerId: entry.id, modelId: undefined };
    this.#secrets = [
      ...entry.apiKeys,
      ...urlSecrets(entry.baseUrl),
      ...Object.values(entry.headers).filter(({ length }) => length >= SHORTEST_SECRET),
    ];
    this.#transport = createTransport({
      baseUrl,
      maxConcurrency,
      connectTimeoutMs: entry.models[0]?.timers.connectMs ?? DEFAULT_CONNECT_TIMEOUT,
    });
  }

  /** Sends JSON; resolves when the headers are there and good. Throws ProviderFailure. */
  post(path: string, body: string, call: ProviderCall): Promise<TransportAnswer> {
    return this.#send({ method: "POST", path, body, call });
  }

  /** Sends JSON and reads the whole answer, which must be a JSON object without an error in it. */
  async postForJson(path: string, body: string, call: ProviderCall): Promise<JsonAnswer> {
    const answer = await this.#send({ method: "POST", path, body, call, whole: true });
    return this.#json(answer.takeText?.() ?? (await answer.text()), call);
  }

  /** Sends JSON; resolves when the headers of a stream of server-sent events are there. */
  async postForEvents(path: string, body: string, call: ProviderCall): Promise<TransportAnswer> {
    const answer = await this.postForEventsOrJson(path, body, call);
    if (!("raw" in answer)) return answer;
    const name = targetName(call.model);
    throw this.failure("malformed", `${name} answered a stream with a whole body.`);
  }

  /** The same, or the whole answer of a server that does not stream. */
  async postForEventsOrJson(
    path: string,
    body: string,
    call: ProviderCall,
  ): Promise<TransportAnswer | JsonAnswer> {
    const answer = await this.post(path, body, call);
    if (!WHOLE_TYPE.test(answer.headers["content-type"] ?? "")) return answer;
    return this.#json(await answer.text(), call);
  }

  /**
   * Asks for the list of models, which costs nothing. Never throws.
   *
   * @param options.ids finds the ids in the answer.
   * @param options.optional whether a provider without such a list is well all the same.
   */
  async probe(
    path: string,
    call: Omit<ProviderCall, "model">,
    options: { ids: (body: JsonRecord) => string[] | undefined; optional?: boolean },
  ): Promise<ProbeResult> {
    const startedAt = this.#options.clock();
    const result = (found: Omit<ProbeResult, "latencyMs">) => ({
      ...found,
      latencyMs: Math.max(0, this.#options.clock() - startedAt),
    });
    try {
      const answer = await this.#send({ method: "GET", path, body: undefined, call });
      const { body } = this.#json(await answer.text(), call);
      return result({ ok: true, models: options.ids(body), error: undefined });
    } catch (error) {
      const failure = this.failureOf(error, call);
      const isAbsent = failure.status === 404 || failure.status === 405;
      if (options.optional && isAbsent)
        return result({ ok: true, models: undefined, error: undefined });
      return result({ ok: false, models: undefined, error: failure.message });
    }
  }

  /** Any error on the way to an answer, as the failure it is. */
  failureOf(error: unknown, call: Call): ProviderFailure {
    if (error instanceof ProviderFailure) return error;
    const signal = call.ending ?? call.signal;
    if (signal.aborted && signal.reason instanceof ProviderFailure) return signal.reason;
    const name = targetName(this.#target(call));
    if (error instanceof ProtocolErrorEvent) {
      return this.complaint(namedError(error.type, error.message), call);
    }
    if (error instanceof StreamCut) {
      return this.failure("interrupted", `The answer of ${name} broke off before its end.`, error);
    }
    if (error instanceof FramingError) {
      return this.failure("malformed", `The answer of ${name} cannot be read.`, error);
    }
    if (error instanceof Untranslatable) return this.failure("unsupported", error.message, error);
    return this.failure("malformed", `The answer of ${name} could not be understood.`, error);
  }

  /** The failure that a reported error means. */
  complaint(error: ReportedError, call: Call): ProviderFailure {
    const { complain, clock } = this.#options;
    return complaintFailure(complain(error, clock()), this.#context(call));
  }

  failure(category: FailureCategory, message: string, cause?: unknown): ProviderFailure {
    return new ProviderFailure(category, message, cause === undefined ? {} : { cause });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #send({ method, path, body, call, whole = false }: Sent): Promise<TransportAnswer> {
    // Asked for only where the call has no other: it is made then.
    const signal = call.ending ?? call.signal;
    const { timers, apiKey } = call;
    const answer = await this.#transport.send({
      target: this.#target(call),
      method,
      path,
      headers: this.#options.headers.of(apiKey),
      body,
      signal,
      timers,
      whole,
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw this.complaint(await readError(answer), call);
  }

  #json(raw: string, call: Call): JsonAnswer {
    const body = asRecord(parseLoose(raw));
    if (body === undefined) throw this.#notJson(raw, call);
    const error = errorWithin(body);
    if (error !== undefined) throw this.complaint(error, call);
    return { body, raw };
  }

  #notJson(raw: string, call: Call): ProviderFailure {
    const empty = raw.trim() === "";
    return complaintFailure(
      { category: empty ? "empty" : "malformed", status: undefined, words: raw.slice(0, 1000) },
      this.#context(call),
    );
  }

  #context(call: Call): ComplaintContext {
    const { keyVariable } = this.#options;
    return { target: this.#target(call), keyVariable, secrets: this.#secrets };
  }

  #target({ model }: Call): CallTarget {
    return model ?? this.#itself;
  }
}

interface Sent extends Pick<TransportRequest, "method" | "path" | "body" | "whole"> {
  call: Call;
}

/** A body that cannot be read leaves the status to judge by; a caller that is gone needs no error at all. */
async function readError(answer: TransportAnswer): Promise<ReportedError> {
  const { status, headers } = answer;
  try {
    return errorAnswer({ status, headers, text: await answer.text() });
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    if (error.category !== "interrupted" && error.category !== "malformed") throw error;
    return errorAnswer({ status, headers, text: "" });
  }
}
