import type { ConfigProblem } from "./config-error.ts";
import { formatPath, type MapNode, originAt } from "./source-node.ts";

/** Problems of values that are valid by themselves, found by checks across keys. */
export class ProblemList {
  readonly errors: ConfigProblem[] = [];
  readonly warnings: ConfigProblem[] = [];
  readonly #root: MapNode;

  constructor(root: MapNode) {
    this.#root = root;
  }

  error(path: readonly string[], message: string, hint?: string): void {
    this.errors.push(this.#problem(path, { message, hint }));
  }

  warning(path: readonly string[], message: string, hint?: string): void {
    this.warnings.push(this.#problem(path, { message, hint }));
  }

  #problem(
    path: readonly string[],
    { message, hint }: { message: string; hint: string | undefined },
  ): ConfigProblem {
    const problem = { ...originAt(this.#root, path), key: formatPath(path), message };
    return hint === undefined ? problem : { ...problem, hint };
  }
}
