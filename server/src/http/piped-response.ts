import type { ServerResponse } from "node:http";

/** Writes a body to a socket's answer, whose headers were given, and ends it. Must not throw. */
type Pipe = (outgoing: ServerResponse) => void;

/** No WeakMap: it would keep everything behind a pipe through the collections of the young generation. */
const PIPE = Symbol("pipe");

/**
 * How the bodies of some responses get to a socket without a stream of the web in between, which costs more for every
 * piece than the piece itself. Whoever has no socket reads the response as any other.
 */
export function withPipe(response: Response, pipe: Pipe): Response {
  return Object.assign(response, { [PIPE]: pipe });
}

/** undefined: the response has none. */
export function pipeOf(response: Response & { [PIPE]?: Pipe }): Pipe | undefined {
  return response[PIPE];
}
