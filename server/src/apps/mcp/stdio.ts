import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import type { SekhaClient } from "@sekha/sdk";
import { controllerLlmTools } from "./bridge-llm-tools.ts";
import { createMcpServer } from "./mcp-server.ts";

interface StdioOptions {
  stdin: NodeJS.ReadableStream;
  /** Carries the protocol and nothing else. */
  stdout: NodeJS.WritableStream;
  client: SekhaClient;
  logFailure(error: unknown, what: string): void;
}

/** MCP for one program that started this one; returns what ends it. */
export function serveMcpOverStdio(options: StdioOptions): { close(): Promise<void> } {
  const { stdin, stdout, client, logFailure } = options;
  const transport = new StdioServerTransport(
    stdin as ConstructorParameters<typeof StdioServerTransport>[0],
    stdout as ConstructorParameters<typeof StdioServerTransport>[1],
  );
  const llm = controllerLlmTools(client);
  return serveStdio(() => createMcpServer({ client, llm, logFailure }), {
    transport,
    onerror: (error) => logFailure(error, "the protocol"),
  });
}
