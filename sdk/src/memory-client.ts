import type { z } from "zod";
import type { MEMORY_TOOL_INPUTS, MemoryToolName } from "./contract/memory-tools.ts";
import { SekhaValidationError } from "./errors.ts";
import type { AnswerOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

export type ToolArguments<Name extends MemoryToolName> = z.input<(typeof MEMORY_TOOL_INPUTS)[Name]>;

/** What the tool answers to programs. */
export type ToolData<Name extends MemoryToolName> =
  AnswerOf<Name> extends { data: infer Data } ? Data : never;

interface ToolAnswer {
  success: boolean;
  data: unknown;
  error?: string | null;
}

/** `client.memory`: the tools of the MCP server, over plain HTTP. */
export class MemoryClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Runs one tool and resolves with its data. */
  async call<Name extends MemoryToolName>(
    name: Name,
    args: ToolArguments<Name>,
    options?: CallOptions,
  ): Promise<ToolData<Name>> {
    const answer: ToolAnswer = await this.#transport.json<MemoryToolName>({
      name,
      body: args,
      options,
    });
    if (answer.success) return answer.data as ToolData<Name>;
    // Some refusals come with a success's status, as in version 1.
    const message = answer.error ?? `${name} failed.`;
    throw new SekhaValidationError(message, {
      status: 200,
      code: "validation_failed",
      requestId: null,
    });
  }

  /** Names, descriptions and schemas of the tools. */
  tools(options?: CallOptions): Promise<AnswerOf<"listMemoryTools">> {
    return this.#transport.json({ name: "listMemoryTools", options });
  }
}
