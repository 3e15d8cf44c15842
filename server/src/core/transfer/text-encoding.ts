/** The beginning of a stream, read ahead, and the whole stream again. */
export interface PeekedBytes {
  head: Uint8Array;
  /** Everything, `head` included. */
  bytes: AsyncIterable<Uint8Array>;
}

/** Reads ahead until `size` bytes are known or the stream ends. */
export async function peekBytes(
  source: AsyncIterable<Uint8Array>,
  size: number,
): Promise<PeekedBytes> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < size) {
    const next = await iterator.next();
    if (next.done === true) {
      break;
    }
    chunks.push(next.value);
    length += next.value.length;
  }
  return { head: Buffer.concat(chunks), bytes: replay(chunks, iterator) };
}

/**
 * The same text as UTF-8 without a byte order mark. UTF-16 is recognised by its mark, or by
 * zero bytes beside the first two characters; everything else passes through untouched.
 */
export async function* toUtf8(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, bytes } = await peekBytes(source, 4);
  const encoding = detectUtf16(head);
  if (encoding !== undefined) {
    yield* transcode(bytes, encoding);
    return;
  }
  let skip = byteOrderMarkLength(head);
  for await (const chunk of bytes) {
    const dropped = Math.min(skip, chunk.length);
    skip -= dropped;
    yield dropped === 0 ? chunk : chunk.subarray(dropped);
  }
}

/** 3 when the bytes begin with the UTF-8 byte order mark, otherwise 0. */
export function byteOrderMarkLength(head: Uint8Array): number {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
}

function detectUtf16(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const zeros = [...head.subarray(0, 4)].map((byte) => (byte === 0 ? "0" : "x")).join("");
  if ((head[0] === 0xff && head[1] === 0xfe) || zeros === "x0x0") {
    return "utf-16le";
  }
  return (head[0] === 0xfe && head[1] === 0xff) || zeros === "0x0x" ? "utf-16be" : undefined;
}

async function* transcode(
  bytes: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of bytes) {
    yield encoder.encode(decoder.decode(chunk, { stream: true }));
  }
  yield encoder.encode(decoder.decode());
}

/** No generator: one that was never started would not release the stream when it is closed. */
function replay(
  chunks: Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const again: AsyncIterator<Uint8Array> = {
    next: async () => {
      const value = chunks.shift();
      return value === undefined ? await iterator.next() : { done: false, value };
    },
    return: async () => {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => again };
}
