/** Calls back once after so many milliseconds. The answer cancels it. */
export type SetTimer = (callback: () => void, milliseconds: number) => () => void;

/** The process's own timers. */
export function systemTimer(callback: () => void, milliseconds: number): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}
