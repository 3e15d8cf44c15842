import { type StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import type { SekhaClient } from "@sekha/sdk";
import { controllerLlmTools } from "./bridge-llm-tools.ts";
import { createMcpServer } from "./mcp-server.ts";
import { AnsweringStdioTransport } from "./stdio-transport.ts";

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
    onerror: (error) => logFailure(error, "a message that is not MCP was left out"),
  });
  transport.countRequests();
  return {
    answered: () => transport.answered(),
    close: () => {
      transport.abandon();
      return server.close();
    },
  };
}
