import type { ControllerRoutes, MemoryToolName } from "@sekha/sdk/contract";
import type { HttpAnswer } from "../../http/answer.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import type { ControllerServices } from "./services.ts";

type ToolRoutes = Pick<ControllerRoutes, "listMemoryTools" | MemoryToolName>;
type Handlers = RouteHandlers<ToolRoutes>;

const BOTH_GIVEN = "Cannot specify both folder and label";

/** The MCP server's tools as plain HTTP; version 1's envelope around what they answer. */
export function memoryToolHandlers({ mcp }: Pick<ControllerServices, "mcp">): Handlers {
  const tool =
    (name: MemoryToolName) =>
    async ({ body }: { body: unknown }, call: RouteCall): Promise<HttpAnswer> => {
      const data = await (await mcp()).run(name, body, call);
      return jsonResponse({ success: true, data, error: null });
    };
  const stats = tool("memory_stats");
  return {
    listMemoryTools: async () => jsonResponse((await mcp()).tools()),
    memory_store: tool("memory_store"),
    memory_search: tool("memory_search"),
    memory_update: tool("memory_update"),
    memory_get_context: tool("memory_get_context"),
    memory_prune: tool("memory_prune"),
    memory_export: tool("memory_export"),
    // Version 1 refuses this one with a success's status.
    memory_stats: (input, call) =>
      isBoth(input.body)
        ? jsonResponse({ success: false, data: null, error: BOTH_GIVEN })
        : stats(input, call),
    memory_assemble: tool("memory_assemble"),
    memory_append: tool("memory_append"),
    memory_pin: tool("memory_pin"),
    llm_status: tool("llm_status"),
    llm_routing: tool("llm_routing"),
  };
}

function isBoth(body: unknown): boolean {
  const { folder, label } = body as { folder?: unknown; label?: unknown };
  return typeof folder === "string" && typeof label === "string";
}
