/** What the proxy keeps on its own disk: conversations it knows, frozen blocks, turns on their way. */
export interface ProxyStore {
  close(): Promise<void>;
}
