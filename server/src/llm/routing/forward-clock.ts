/**
 * A clock that never runs backwards: it counts only what its source goes forward. When the source is set back, the
 * time until it is read next is lost, and nothing waits for the source to catch up.
 */
export function forwardClock(source: () => number): () => number {
  let last = source();
  let elapsed = 0;
  return () => {
    const now = source();
    if (now > last) elapsed += now - last;
    last = now;
    return elapsed;
  };
}
