import type { ErrorCode, ErrorDetail } from "@sekha/sdk/contract";

export interface WorkerSetup {
  file: string;
  /** `costs` and `proxy`: the only thread of a file for spending alone, or of the proxy's. */
  role: "writer" | "reader" | "costs" | "proxy";
}

export interface Request {
  id: number;
  name: string;
  argument: unknown;
}

export interface WireError {
  code: ErrorCode;
  message: string;
  details: ErrorDetail[];
  retryAfterSeconds?: number;
}

export type Reply =
  | { kind: "ready"; error?: WireError }
  | { kind: "result"; id: number; value: unknown }
  | { kind: "error"; id: number; error: WireError };

/** Ends the thread after what was asked before it. */
export const CLOSE = "close";
