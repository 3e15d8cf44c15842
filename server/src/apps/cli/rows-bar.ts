import { interruptible } from "./interruption.ts";
import { formatCount } from "./quantities.ts";
import { Rate } from "./rate.ts";
import type { Session } from "./session.ts";

interface RowsWork<Phase extends string, T> {
  labels: Readonly<Record<Phase, string>>;
  /** What to do after an interruption. */
  advice: string;
  work: (run: {
    signal: AbortSignal;
    onProgress: (phase: Phase, done: number, total: number) => void;
  }) => Promise<T>;
}

/** Long work on rows in phases, with a bar that begins anew for each, until it is done or interrupted. */
export function withRowsBar<Phase extends string, T>(
  session: Session,
  { labels, advice, work }: RowsWork<Phase, T>,
): Promise<T> {
  const bar = session.progress();
  let rate = new Rate(session.io.now);
  let current = "";
  const onProgress = (phase: Phase, done: number, total: number) => {
    if (phase !== current) rate = new Rate(session.io.now);
    current = phase;
    bar.update({
      label: labels[phase],
      fraction: total === 0 ? null : done / total,
      parts: [`${formatCount(done)} of ${formatCount(total)} rows`],
      remainingMilliseconds: rate.remainingMilliseconds(done, total),
    });
  };
  return interruptible(session, advice, async (signal) => {
    try {
      return await work({ signal, onProgress });
    } finally {
      bar.clear();
    }
  });
}
