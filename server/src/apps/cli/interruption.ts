import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import type { Session } from "./session.ts";

/**
 * Runs work that Ctrl-C ends in order: the signal aborts with an error that says what to do. A
 * second Ctrl-C ends the process at once.
 */
export async function interruptible<T>(
  { io }: Session,
  advice: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stopListening = io.onStopSignal(() => {
    if (controller.signal.aborted) io.exit(EXIT.interrupted);
    const error = new CliError("Interrupted.", { fix: advice, exitCode: EXIT.interrupted });
    controller.abort(error);
  });
  try {
    return await work(controller.signal);
  } finally {
    stopListening();
  }
}
