import { readFileSync } from "node:fs";

/** A recorded answer of the folder's own `__fixtures__`, as text. */
export function recorded(testUrl: string, name: string): string {
  return readFileSync(new URL(`__fixtures__/${name}`, testUrl), "utf8");
}
