import { Answer } from "../../http/answer.ts";
import { streamedBody } from "../../http/socket-answer.ts";

interface RelayOptions {
  headers: Record<string, string>;
  /** What of a piece is passed on, and when. */
  pass: (piece: Uint8Array) => Promise<Uint8Array>;
  /** What is left when the source has ended. */
  rest: () => Uint8Array;
  /** Called once: when all was passed on, when the source broke, or when the reader went away. */
  ended: (error?: unknown) => void;
}

/** A response whose body passes through. A reader that goes away ends the source at once. */
export function relayed(source: Response, options: RelayOptions): Answer {
  const reader = (source.body as ReadableStream<Uint8Array>).getReader();
  let hasEnded = false;
  const end = (error?: unknown) => {
    if (hasEnded) return;
    hasEnded = true;
    options.ended(error);
  };
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (await passNext(reader, controller, options)) return;
          end();
          controller.close();
        } catch (error) {
          end(error);
          controller.error(error);
        }
      },
      cancel(reason) {
        end();
        // Whether the source stops by itself or not, nobody reads it.
        reader.cancel(reason).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Answer(streamedBody(body), { status: source.status, headers: options.headers });
}

/** False at the end, after what was left has been passed on. */
async function passNext(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  controller: ReadableStreamDefaultController<Uint8Array>,
  { pass, rest }: RelayOptions,
): Promise<boolean> {
  for (;;) {
    const { done, value } = await reader.read();
    const bytes = done ? rest() : await pass(value);
    if (bytes.length > 0) controller.enqueue(bytes);
    if (done) return false;
    if (bytes.length > 0) return true;
  }
}
