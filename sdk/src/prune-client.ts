import type { AnswerOf, BodyOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

/** `client.prune`: what may be put away, and putting it away. */
export class PruneClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Old, unimportant, not pinned; changes nothing. */
  suggest(
    criteria: BodyOf<"suggestPruning"> = {},
    options?: CallOptions,
  ): Promise<AnswerOf<"suggestPruning">> {
    return this.#transport.json({ name: "suggestPruning", body: criteria, options });
  }

  /** Archives, which `undo` takes back; `delete` erases for good. */
  execute(
    request: BodyOf<"executePruning">,
    options?: CallOptions,
  ): Promise<AnswerOf<"executePruning">> {
    return this.#transport.json({ name: "executePruning", body: request, options });
  }

  /** Makes active again what a run archived; the newest run when none is named. */
  undo(runId?: string, options?: CallOptions): Promise<AnswerOf<"undoPruning">> {
    const body = runId === undefined ? {} : { run_id: runId };
    return this.#transport.json({ name: "undoPruning", body, options });
  }

  /** Earlier prunings, newest first. */
  runs(query: { limit?: number } = {}, options?: CallOptions): Promise<AnswerOf<"listPruneRuns">> {
    return this.#transport.json({ name: "listPruneRuns", query: { ...query }, options });
  }
}
