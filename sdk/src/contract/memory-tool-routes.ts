import { z } from "zod";
import { contentPart, messageInput } from "./conversations.ts";
import { MEMORY_TOOL_INPUTS, MEMORY_TOOL_OUTPUTS, type MemoryToolName } from "./memory-tools.ts";
import { defineRoutes, type RouteAccess } from "./route.ts";
import { isoTime, metadata } from "./values.ts";

/** Programs get everything at once: no answer is cut or comes in pages. */
const hitInFull = MEMORY_TOOL_OUTPUTS.memory_search.shape.results.element.extend({
  similarity: z.number().meta({ description: "Same as score." }),
  metadata,
});

const messageInFull = z.object({
  id: z.string(),
  conversation_id: z.string(),
  role: z.string(),
  name: z.string().nullable(),
  content: z.union([z.string(), z.array(contentPart)]),
  timestamp: isoTime,
  embedding_id: z.string().nullable(),
  metadata,
});

const {
  conversation_id,
  messages: _,
  offset: _offset,
  next_offset: _next,
  ...figures
} = MEMORY_TOOL_OUTPUTS.memory_get_context.shape;

const contextInFull = z.object({
  conversation_id,
  ...figures,
  messages: z.array(messageInFull),
});

const exportInFull = z.object({
  conversation: z.object({ id: z.string(), ...figures }),
  messages: z.array(messageInFull),
  format: z.string(),
  include_metadata: z.boolean(),
  content: z.string().meta({ description: "The same as text in the format asked for." }),
});

/** Optional arguments may be null: version 1 and clients with strict schemas send them so. */
function argumentsOf(input: z.ZodObject): z.ZodObject {
  const fields = Object.entries(input.shape).map(([name, field]) => {
    const isOptional = field instanceof z.ZodOptional || field instanceof z.ZodDefault;
    return [name, isOptional ? field.nullable().optional() : field];
  });
  return z.object(Object.fromEntries(fields));
}

interface ToolRoute<Data extends z.ZodType> {
  access: RouteAccess;
  summary: string;
  data: Data;
  /** Where programs may send more than models. */
  body?: z.ZodType;
  aliases?: readonly string[];
}

function toolRoute<Name extends MemoryToolName, Data extends z.ZodType>(
  name: Name,
  { access, summary, data, body, aliases = [] }: ToolRoute<Data>,
) {
  return {
    method: "POST" as const,
    path: `/mcp/tools/${name}` as const,
    aliases,
    tag: "Tools",
    summary,
    access,
    body: body ?? argumentsOf(MEMORY_TOOL_INPUTS[name]),
    status: 200 as const,
    response: z.object({ success: z.literal(true), data, error: z.null() }),
  };
}

const { memory_store: storeInput, memory_append: appendInput } = MEMORY_TOOL_INPUTS;
const messagesInFull = z.array(messageInput).min(1).max(10_000);

const toolDefinition = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  inputSchema: metadata,
  outputSchema: metadata,
  annotations: z.record(z.string(), z.boolean()),
});

/** The MCP tools as plain HTTP, as version 1 had them. */
export const memoryToolRoutes = defineRoutes({
  listMemoryTools: {
    method: "GET",
    path: "/mcp/tools",
    aliases: ["/api/v1/mcp/tools"],
    tag: "Tools",
    summary: "The tools of the MCP server",
    access: "read",
    status: 200,
    response: z.array(toolDefinition),
  },
  memory_store: toolRoute("memory_store", {
    access: "write",
    summary: "Store a conversation",
    body: argumentsOf(storeInput).extend({ messages: messagesInFull }),
    data: MEMORY_TOOL_OUTPUTS.memory_store,
  }),
  memory_search: toolRoute("memory_search", {
    access: "read",
    summary: "Find messages by meaning and by word",
    aliases: ["/mcp/tools/memory_query"],
    data: MEMORY_TOOL_OUTPUTS.memory_search.extend({ results: z.array(hitInFull) }),
  }),
  memory_update: toolRoute("memory_update", {
    access: "write",
    summary: "Change label, folder, importance, status or tags",
    data: MEMORY_TOOL_OUTPUTS.memory_update,
  }),
  memory_get_context: toolRoute("memory_get_context", {
    access: "read",
    summary: "One conversation with its messages",
    data: contextInFull,
  }),
  memory_prune: toolRoute("memory_prune", {
    access: "read",
    summary: "What may be put away; changes nothing",
    data: MEMORY_TOOL_OUTPUTS.memory_prune,
  }),
  memory_export: toolRoute("memory_export", {
    access: "read",
    summary: "One conversation as JSON or Markdown",
    data: exportInFull,
  }),
  memory_stats: toolRoute("memory_stats", {
    access: "read",
    summary: "What is stored, in figures",
    data: MEMORY_TOOL_OUTPUTS.memory_stats,
  }),
  memory_assemble: toolRoute("memory_assemble", {
    access: "read",
    summary: "What a model should know of the memory for a question",
    data: MEMORY_TOOL_OUTPUTS.memory_assemble,
  }),
  memory_append: toolRoute("memory_append", {
    access: "write",
    summary: "Append turns to a conversation",
    body: argumentsOf(appendInput).extend({ messages: messagesInFull }),
    data: MEMORY_TOOL_OUTPUTS.memory_append,
  }),
  memory_pin: toolRoute("memory_pin", {
    access: "write",
    summary: "Pin a conversation, or take the pin back",
    data: MEMORY_TOOL_OUTPUTS.memory_pin,
  }),
  llm_status: toolRoute("llm_status", {
    access: "read",
    summary: "State of the LLM providers",
    data: MEMORY_TOOL_OUTPUTS.llm_status,
  }),
  llm_routing: toolRoute("llm_routing", {
    access: "read",
    summary: "Which provider and model would serve a task",
    data: MEMORY_TOOL_OUTPUTS.llm_routing,
  }),
});
