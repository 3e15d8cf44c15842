import type { IncomingHttpHeaders } from "node:http";
import {
  asNumber,
  asRecord,
  asText,
  type JsonRecord,
  parseLoose,
} from "../../protocols/loose-json.ts";
import type { Complaint } from "./complaint.ts";

/** An error as a provider reports it, by status, inside a good answer, or as an event. */
export interface ReportedError {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  words: string;
  /** Empty where the provider gives none. */
  type: string;
  code: string;
  metadata: JsonRecord;
  /** Whether the body is an error of the API at all, not a page or another server's words. */
  recognised: boolean;
}

/** What one protocol's errors mean. `now` in milliseconds since the epoch. */
export type Complain = (error: ReportedError, now: number) => Complaint;

/** Characters of a body that is not an API's error; more is a page. */
const LONGEST_FOREIGN = 1000;

/** The error that stands in a JSON object: OpenAI's and Anthropic's `error`, or Ollama's text. */
export function errorWithin(record: JsonRecord): ReportedError | undefined {
  const text = asText(record.error);
  if (text !== undefined) return reported({ message: text, type: record.type });
  const error = asRecord(record.error);
  return error === undefined ? undefined : reported(error);
}

/** The error in the body of a status that is none of the good ones. */
export function errorAnswer(answer: {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}): ReportedError {
  const { status, headers, text } = answer;
  // Gemini's compatible API puts its error into a list.
  const [body] = [parseLoose(text)].flat();
  const record = asRecord(body);
  const error = record === undefined ? undefined : (errorWithin(record) ?? flatError(record));
  if (error !== undefined) return { ...error, status, headers };
  const words = text.trimStart().startsWith("<") ? "" : text.trim().slice(0, LONGEST_FOREIGN);
  return { ...reported({ message: words }), status, headers, recognised: false };
}

/** An event or answer that was reported by its type alone. */
export function namedError(type: string, words: string): ReportedError {
  return reported({ type, message: words });
}

/** Servers without an `error` object around it: Mistral, older vLLM. */
function flatError(record: JsonRecord): ReportedError | undefined {
  const known = record.object === "error" || asText(record.type) !== undefined;
  return known && asText(record.message) !== undefined ? reported(record) : undefined;
}

function reported(error: JsonRecord): ReportedError {
  const code = asNumber(error.code) ?? asNumber(Number(asText(error.code) ?? Number.NaN));
  return {
    // OpenRouter and LiteLLM repeat the status as the code; so it is known inside a good answer too.
    status: code !== undefined && code >= 400 && code < 600 ? code : undefined,
    headers: {},
    words: asText(error.message) ?? "",
    type: asText(error.type) ?? "",
    code: asText(error.code) ?? "",
    metadata: asRecord(error.metadata) ?? {},
    recognised: true,
  };
}
