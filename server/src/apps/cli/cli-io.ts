import type * as Serve from "../../serve.ts";

/** What the CLI needs of the rest of the server; loaded only by commands that use it. */
export type CliServices = Pick<
  typeof Serve,
  | "startServices"
  | "openMemory"
  | "openStandIn"
  | "listenMcp"
  | "findServer"
  | "restoreBackup"
  | "createLogger"
  | "databaseFile"
  | "rowSecurityOf"
  | "openStorageMigration"
  | "openV1Migration"
>;

/** The world as a command sees it; main.ts passes the real one, tests their own. */
export interface CliIo {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  stdin: NodeJS.ReadableStream;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  homeDirectory: string;
  /** Whether stdout is a terminal. */
  isTerminal: boolean;
  /** Whether stderr is one: progress bars are shown there. */
  isErrorTerminal: boolean;
  /** Whether a person can be asked. */
  isInputTerminal: boolean;
  columns: number;
  /** Whether colour is welcome on stdout, before --no-color is looked at. */
  colour: boolean;
  /** What starts this program again, from any folder: absolute paths. */
  command: readonly [node: string, script: string];
  /** As Node names it: linux, darwin, win32, … */
  platform: string;
  /** Without the v, such as 24.1.0. */
  nodeVersion: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Rejects when the signal aborts. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Calls back for SIGINT and SIGTERM until the returned function is called. */
  onStopSignal: (listener: (name: string) => void) => () => void;
  /** Calls back for SIGHUP until the returned function is called. */
  onReloadSignal: (listener: () => void) => () => void;
  /** Ends the process at once. */
  exit: (code: number) => void;
  services: () => Promise<CliServices>;
}
