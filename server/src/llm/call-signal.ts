/** What is told of an abort. */
export type AbortListener = (() => void) | { handleEvent(): void };

/**
 * What ends a call: as much of the platform's `AbortSignal` as the transport needs, which is one. The platform's own is an
 * event target with all that belongs to it, and every request would need another.
 */
export interface CallSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: AbortListener): void;
  removeEventListener(type: "abort", listener: AbortListener): void;
}
