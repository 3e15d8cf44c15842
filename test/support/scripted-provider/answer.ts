/** A piece of a body. `part` says where faults may act. */
export interface Frame {
  part: "start" | "token" | "finish" | "usage" | "end";
  text: string;
}

/** What is to be sent when nothing goes wrong. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** A whole answer is cut into a start and an end, so that faults can act in its middle. */
  frames: Frame[];
  stream: boolean;
}

/** A whole JSON answer. */
export function jsonAnswer(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Answer {
  return textAnswer(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

export function textAnswer(
  text: string,
  { status, headers }: { status: number; headers: Record<string, string> },
): Answer {
  const half = Math.floor(text.length / 2);
  return {
    status,
    headers,
    stream: false,
    frames: [
      { part: "start", text: text.slice(0, half) },
      { part: "end", text: text.slice(half) },
    ],
  };
}

export function sseAnswer(frames: Frame[], headers: Record<string, string> = {}): Answer {
  return {
    status: 200,
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      ...headers,
    },
    frames,
    stream: true,
  };
}

export function ndjsonAnswer(frames: Frame[]): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/x-ndjson" },
    frames,
    stream: true,
  };
}
