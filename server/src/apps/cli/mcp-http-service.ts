import { usageError } from "./cli-error.ts";
import type { Session } from "./session.ts";

/** `/mcp` in a process of its own, until it is told to stop. */
export async function serveMcpHttp(
  session: Session,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const { config, options, io } = session;
  const named = options.apiUrl ?? (io.env.CONTROLLER_URL || config.controllerUrl);
  const controllerURL = named ?? (await session.findServer())?.url;
  if (controllerURL === undefined) {
    throw usageError(
      "There is no controller to serve: none is named and none runs on the data directory.",
      "Name one (CONTROLLER_URL or --api-url). `sekha start` serves /mcp itself.",
    );
  }
  const { listenMcp } = await io.services();
  const log = await session.log();
  const listening = await listenMcp({ config, controllerURL, host, port, log });
  session.note(
    `MCP at ${listening.url}/mcp, for the controller at ${controllerURL}. Ctrl-C stops it.`,
  );
  await new Promise<void>((resolve) => {
    io.onStopSignal(() => resolve());
  });
  await listening.close();
}
