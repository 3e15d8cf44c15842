import type { Session } from "./session.ts";

/** Makes a command's action from work that gets the session of this run. */
export type Action = <Arguments extends unknown[]>(
  work: (session: Session, ...values: Arguments) => Promise<void> | void,
) => (...values: Arguments) => Promise<void>;
