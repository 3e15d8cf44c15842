/** Chooses one of several controllers for work that must not be done twice: schedulers, housekeeping. */
export interface Leadership {
  /**
   * Runs `work` while this process leads `name`, again whenever it leads anew. The work's signal is aborted when the
   * lead is lost or `signal` is; the work ends soon after. Resolves when the work has ended by itself or `signal` is
   * aborted; rejects with what the work rejects with.
   */
  withLeadership(
    name: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
}

/** For an engine that one process has to itself. */
export const soleLeadership: Leadership = {
  withLeadership: async (_name, work, signal) => {
    if (!signal.aborted) await work(signal);
  },
};
