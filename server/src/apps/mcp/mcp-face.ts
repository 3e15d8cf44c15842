import {
  type AuthInfo,
  createMcpHandler,
  type McpRequestContext,
} from "@modelcontextprotocol/server";
import { type KeyScope, MEMORY_TOOL_INPUTS, type MemoryToolName } from "@sekha/sdk/contract";
import { z } from "zod";
import type { HttpRequest } from "../../http/http-request.ts";
import { platformRequest } from "../../http/socket-request.ts";
import { parse } from "../../http/validation.ts";
import { createMcpServer } from "./mcp-server.ts";
import type { ServedMemory } from "./tool.ts";
import { httpFailure } from "./tool-failure.ts";
import { toolInputSchema, toolOutputSchema, withoutNulls } from "./tool-schemas.ts";
import { MEMORY_TOOL_NAMES, toolNamed } from "./tools/memory-tools.ts";

/** Who calls, as the HTTP face that let him in knows it. */
export interface McpCaller {
  owner: string;
  keyId: string | null;
  scopes: readonly KeyScope[];
  /** As it came, for what needs to go elsewhere with the caller's own key. */
  request: HttpRequest;
  signal: AbortSignal;
}

interface McpFaceOptions {
  memoryOf(caller: McpCaller): ServedMemory;
  /** Bytes of a request. */
  bodyLimit: number;
  /** Requests that the protocol refuses; told, never answered with. */
  onRefused(error: Error): void;
}

/** MCP over HTTP: the protocol itself, and the tools one by one. */
export interface McpFace {
  /** One request of the streamable HTTP transport. */
  serve(request: HttpRequest, caller: McpCaller): Promise<Response>;
  /** Names, descriptions and schemas. */
  tools(): object[];
  /** One tool for a program: everything at once. Rejects with a SekhaError. */
  run(name: MemoryToolName, input: unknown, caller: McpCaller): Promise<unknown>;
}

/** Without sessions: every request stands for itself, on any of several controllers. */
export function createMcpFace({ memoryOf, bodyLimit, onRefused }: McpFaceOptions): McpFace {
  const handler = createMcpHandler((context) => createMcpServer(memoryOf(callerOf(context))), {
    maxRequestBodySize: bodyLimit,
    // Nothing is announced: open streams would only hold up a stop.
    maxSubscriptions: 0,
    onerror: onRefused,
  });
  return {
    serve: (request, caller) =>
      handler.fetch(platformRequest(request), { authInfo: authInfoOf(caller) }),
    tools: toolDefinitions,
    run: async (name, input, caller) => {
      const tool = toolNamed(name);
      const { client, llm } = memoryOf(caller);
      const context = { client, llm, signal: caller.signal, progress: async () => undefined };
      const parsed = parse(programInput(name), withoutNulls(input));
      try {
        return await (tool.runInFull ?? tool.run)(parsed, context);
      } catch (error) {
        throw httpFailure(error);
      }
    },
  };
}

/** The SDK hands on what it is given beside the request under this name; nothing here is OAuth's. */
function authInfoOf(caller: McpCaller): AuthInfo {
  return { token: "", clientId: caller.owner, scopes: [...caller.scopes], extra: { caller } };
}

function callerOf({ authInfo }: McpRequestContext): McpCaller {
  const caller = authInfo?.extra?.caller;
  if (caller === undefined) throw new TypeError("An MCP request came without its caller.");
  return caller as McpCaller;
}

/** Messages may hold more than models send (parts, names): their route has read them already. */
function programInput(name: MemoryToolName): z.ZodObject {
  const input: z.ZodObject = MEMORY_TOOL_INPUTS[name];
  return "messages" in input.shape ? input.extend({ messages: z.array(z.looseObject({})) }) : input;
}

function toolDefinitions(): object[] {
  const target = { target: "draft-2020-12" } as const;
  return MEMORY_TOOL_NAMES.map((name) => {
    const { title, description, hints } = toolNamed(name);
    return {
      ...{ name, title, description },
      inputSchema: toolInputSchema(name)["~standard"].jsonSchema.input(target),
      outputSchema: z.toJSONSchema(toolOutputSchema(name), { io: "output" }),
      annotations: hints,
    };
  });
}
