import type { ServerResponse } from "node:http";

/** What is done on the wire, in order. */
export type Step =
  | { do: "write"; data: string | Buffer }
  | { do: "wait"; ms: number }
  /** The socket is destroyed once everything before it is on its way. */
  | { do: "cut" }
  /** As `cut`, but at once and with a TCP reset. */
  | { do: "reset" }
  /** Nothing more, and no end: the client must give up. */
  | { do: "hang" };

export interface Performance {
  status: number;
  /** null: none is sent. */
  headers: Record<string, string | number> | null;
  steps: Step[];
  /** Milliseconds before the headers. */
  waitMs?: number;
}

/** Plays a performance; ends early when the client is gone. */
export async function perform(
  response: ServerResponse,
  { status, headers, steps, waitMs }: Performance,
): Promise<void> {
  if (waitMs !== undefined) await pause(response, waitMs);
  if (response.destroyed) return;
  if (headers !== null) response.writeHead(status, headers);
  // Headers must not wait for the first piece of the body.
  if (headers !== null && steps[0]?.do !== "write") response.flushHeaders();
  for (const step of steps) {
    if (response.destroyed) return;
    if (!(await goesOn(response, step))) return;
  }
  response.end();
}

/** False: that was the last of it. */
async function goesOn(response: ServerResponse, step: Step): Promise<boolean> {
  switch (step.do) {
    case "write":
      response.write(step.data);
      return true;
    case "wait":
      await pause(response, step.ms);
      return true;
    case "cut":
      await flushed(response);
      response.socket?.destroy();
      return false;
    case "reset":
      response.socket?.resetAndDestroy();
      return false;
    case "hang":
      return false;
  }
}

/** Most answers: all is known before, so nothing is awaited. */
export function performAtOnce(
  response: ServerResponse,
  { status, headers, steps }: Performance,
): void {
  response.writeHead(status, headers ?? {});
  for (const step of steps) if (step.do === "write") response.write(step.data);
  response.end();
}

function pause(response: ServerResponse, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    response.once("close", done);
  });
}

function flushed(response: ServerResponse): Promise<void> {
  const { socket } = response;
  if (socket === null) return Promise.resolve();
  return new Promise((resolve) => socket.write("", () => resolve()));
}
