import type { ServerResponse } from "node:http";

/** Writes a body to a socket's answer, whose headers were given, and ends it. Must not throw. */
type Pipe = (outgoing: ServerResponse) => void;

/**
 * How the bodies of some responses get to a socket without a stream of the web in between, which costs more for every
 * piece than the piece itself. Whoever has no socket reads the response as any other.
 */
const pipes = new WeakMap<Response, Pipe>();

export function withPipe(response: Response, pipe: Pipe): Response {
  pipes.set(response, pipe);
  return response;
}

/** undefined: the response has none. */
export function pipeOf(response: Response): Pipe | undefined {
  return pipes.get(response);
}
