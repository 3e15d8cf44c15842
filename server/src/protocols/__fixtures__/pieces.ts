/** Bytes in pieces, and what a generator yields: for the tests of every protocol. */
export async function* bytePieces(
  text: string,
  cuts: readonly number[],
): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

export async function* sequence<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** What came before the failure, and the failure. */
export async function collectUntilFailure<T>(
  items: AsyncIterable<T>,
): Promise<{ items: T[]; failure: unknown }> {
  const collected: T[] = [];
  try {
    for await (const item of items) collected.push(item);
  } catch (failure) {
    return { items: collected, failure };
  }
  return { items: collected, failure: undefined };
}
