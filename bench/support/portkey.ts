import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where an installed gateway begins. */
export function portkeyEntry(): string {
  return new URL(
    "../portkey/node_modules/@portkey-ai/gateway/build/start-server.js",
    import.meta.url,
  ).href;
}

/** It is an optional tool of this benchmark, installed by hand. */
export function portkeyInstalled(): boolean {
  return existsSync(fileURLToPath(portkeyEntry()));
}
