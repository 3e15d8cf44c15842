import { type StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import type { SekhaClient } from "@sekha/sdk";
import { controllerLlmTools } from "./bridge-llm-tools.ts";
import { createMcpServer } from "./mcp-server.ts";
import { AnsweringStdioTransport } from "./stdio-transport.ts";
import { watchUnreadableLines } from "./unreadable-lines.ts";

/** Errors of JSON-RPC 2.0, §5.1. */
const PARSE_ERROR = { code: -32700, message: "Parse error: this line is not JSON" };
const INVALID_REQUEST = { code: -32600, message: "Invalid Request: not a JSON-RPC 2.0 message" };

interface StdioOptions {
  stdin: NodeJS.ReadableStream;
  /** Carries the protocol and nothing else. */
  stdout: NodeJS.WritableStream;
  client: SekhaClient;
  logFailure(error: unknown, what: string): void;
}

interface StdioServer {
  /** Resolves when what was asked is answered, or after ten seconds. */
  answered(): Promise<void>;
  /** Ends at once: requests under way are not answered. */
  close(): Promise<void>;
}

/** MCP for one program that started this one. */
export function serveMcpOverStdio(options: StdioOptions): StdioServer {
  const { stdin, stdout, client, logFailure } = options;
  const transport = new AnsweringStdioTransport(
    stdin as ConstructorParameters<typeof StdioServerTransport>[0],
    stdout as ConstructorParameters<typeof StdioServerTransport>[1],
  );
  const llm = controllerLlmTools(client);
  const server = serveStdio(() => createMcpServer({ client, llm, logFailure }), {
    transport,
    onerror: (error) => {
      logFailure(error, "a message that is not MCP was left out");
      if (error.name === "ZodError") transport.refuse(INVALID_REQUEST);
    },
  });
  transport.countRequests();
  watchUnreadableLines(stdin, () => {
    logFailure("it is not JSON", "a line that is not MCP was left out");
    transport.refuse(PARSE_ERROR);
  });
  return {
    answered: () => transport.answered(),
    close: () => {
      transport.abandon();
      return server.close();
    },
  };
}
