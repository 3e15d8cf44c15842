import type { KeyScope } from "@sekha/sdk/contract";

/**
 * Who is calling. Travels beside the request (`app.fetch(request, context)`), never in headers,
 * which a caller could forge.
 */
export interface RequestContext {
  /** Whose memory; only an injected request may name it. */
  owner?: string;
  /** Whose budget; only an injected request may name it. */
  keyId?: string;
  /** What an injected request may do: its own caller's scopes; read and write when absent. */
  scopes?: readonly KeyScope[];
  /** Address of the socket's other end; null when there is no socket. */
  peerAddress: string | null;
  /** True for a call from another service in this process: trusted, not limited. */
  injected: boolean;
  /** Aborts when the caller is gone; the request's own signal when absent. */
  signal?: AbortSignal;
}

/** The caller as authentication found it. */
export interface Principal {
  owner: string;
  /** Null when no key was needed. */
  keyId: string | null;
  name: string;
  scopes: readonly KeyScope[];
}

/** Of keys in the configuration, and of who needs none because the machine is his. */
export const ALL_SCOPES: readonly KeyScope[] = ["read", "write", "admin"];
