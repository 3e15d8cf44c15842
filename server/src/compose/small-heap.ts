import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * V8 lets a busy process grow to hundreds of megabytes before it looks for what is dead. So the old generation is looked
 * through whenever it is a quarter larger than what lives, and the young one keeps its first size. V8 reads both flags
 * whenever it decides (docs/decisions/llm-layer.md: what else was tried).
 */
const OLD_GENERATION = "--heap-growing-percent=25";
const YOUNG_GENERATION = "--semi-space-growth-factor=1";
/** Who sizes the heap himself is not overruled; nor in the young generation alone, as `deploy/` sizes it. */
const HEAP_IS_SIZED = /--(?:(?:max|min|initial)-(?:old-space|heap)|optimize-for-size)/;
const YOUNG_IS_SIZED = /--(?:max|min|initial)-semi-space/;

/**
 * Keeps the heap of this process small from now on, for a service that holds little and is often run beside others.
 * `given` are the flags the process was started with. Nothing happens where those size the heap.
 */
export function keepHeapSmall(given: readonly string[]): boolean {
  const isGiven = (what: RegExp) => given.some((flag) => what.test(flag.replaceAll("_", "-")));
  if (isGiven(HEAP_IS_SIZED)) return false;
  setFlagsFromString(OLD_GENERATION);
  if (!isGiven(YOUNG_IS_SIZED)) setFlagsFromString(YOUNG_GENERATION);
  collectNow();
  return true;
}

/**
 * Once by hand: before its first full collection V8 takes half of the machine's allowance for the size of what lives, and
 * only a collection of the last resort takes back what the young generation grew by while the program was loaded.
 */
function collectNow(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options: object) => void;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", flavor: "last-resort" });
}
