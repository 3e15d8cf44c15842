import { SekhaClient } from "@sekha/sdk";
import { serveMcpOverStdio } from "../mcp/stdio.ts";
import { McpConnection } from "./mcp-connection.ts";
import { reachable, type Session } from "./session.ts";

/** Longer than any tool should take; a client gives up before. */
const TIMEOUT_MS = 120_000;
const WARM_UP_AFTER_MS = 100;

/** Serves until the program that started this one closes standard input, or the process is told to stop. */
export async function serveMcpStdio(session: Session): Promise<void> {
  const { io } = session;
  if (io.isInputTerminal) {
    session.note(
      "This speaks MCP with a program; `sekha mcp install` sets one up. Ctrl-C ends it.",
    );
  }
  const ended = endOf(session);
  const { client, close, warmUp } = memoryOf(session);
  const server = serveMcpOverStdio({
    stdin: io.stdin,
    stdout: io.stdout,
    client,
    logFailure: (error, what) => session.warn(`${what}: ${inOneLine(error)}`),
  });
  // After the first answers: loading what the memory needs would keep the client waiting for its list of tools.
  io.stdin.once("data", () => setTimeout(warmUp, WARM_UP_AFTER_MS).unref());
  if ((await ended) === "input") await server.answered();
  await server.close();
  await close();
}

/** Resolves when standard input ends, or on SIGINT and SIGTERM. */
function endOf({ io }: Session): Promise<"input" | "signal"> {
  return new Promise((resolve) => {
    io.stdin.once("end", () => resolve("input"));
    io.stdin.once("close", () => resolve("input"));
    io.onStopSignal(() => resolve("signal"));
  });
}

/** zod's message is JSON of many lines. */
function inOneLine(error: unknown): string {
  if (error instanceof Error && error.name === "ZodError")
    return "it is not a JSON-RPC 2.0 message";
  return error instanceof Error ? error.message : String(error);
}

interface StdioMemory {
  client: SekhaClient;
  warmUp(): void;
  close(): Promise<void>;
}

/** A controller that is named; else whoever has the data directory, this process included. */
function memoryOf(session: Session): StdioMemory {
  const { options, io } = session;
  const url = options.apiUrl ?? (io.env.CONTROLLER_URL || session.config.controllerUrl);
  const apiKey = options.apiKey ?? (io.env.CONTROLLER_API_KEY || session.config.controllerApiKey);
  if (url !== undefined) {
    const client = new SekhaClient({ controllerURL: url, apiKey, timeout: TIMEOUT_MS });
    return { client, warmUp: () => undefined, close: async () => undefined };
  }
  const connection = new McpConnection({
    find: async () => {
      const found = await (await io.services()).findServer(session.config);
      return found === null ? null : { ...found, url: reachable(found.url) };
    },
    open: async () => {
      const { openStandIn } = await io.services();
      return openStandIn({ config: session.config, log: await session.log() });
    },
    isConflict: (error) => error instanceof Error && "code" in error && error.code === "conflict",
    apiKey: apiKey ?? session.apiKey(),
    fetch: (request) => globalThis.fetch(request),
    now: io.now,
  });
  return {
    client: new SekhaClient({
      controllerURL: "http://sekha.internal",
      fetch: (request) => connection.fetch(request),
      timeout: TIMEOUT_MS,
    }),
    warmUp: () => connection.warmUp(),
    close: () => connection.close(),
  };
}
