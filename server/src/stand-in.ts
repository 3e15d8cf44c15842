import type { ControllerApp } from "./apps/controller/controller-app.ts";
import { drain, listen } from "./compose/listening.ts";
import type { Config } from "./config/config.ts";
import { LOCAL_OWNER } from "./core/conversations/conversation.ts";
import { SekhaError } from "./core/errors.ts";
import { generateApiKey } from "./http/api-keys.ts";
import type { HttpRequest } from "./http/http-request.ts";
import { jsonResponse } from "./http/json-response.ts";
import { ALL_SCOPES } from "./http/request-context.ts";
import type { Face } from "./http/socket-face.ts";
import type { Logger } from "./logger.ts";
import {
  type DataDirectory,
  type DirectoryLock,
  isDirectoryWanted,
  lockDirectory,
} from "./storage/data-directory.ts";
import { YIELD_PATH } from "./take-directory.ts";

/**
 * A process that is no server and holds the directory while there is none: `sekha mcp` started by an editor. It serves
 * the others of its kind and the CLI on a loopback port, with a key that stands in the directory beside its address;
 * a server that starts takes the directory over.
 */
export interface StandIn {
  /** The controller, in this process. Rejects with StandInGone once the directory was let go. */
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** The stand-in let go of the directory: look for who has it now. */
export class StandInGone extends Error {
  override name = "StandInGone";
}

/** What is under way gets its answer first. */
const DRAIN_MS = 10_000;

/** @throws SekhaError `conflict` while another process has the directory, or waits for it. */
export async function openStandIn(options: {
  config: Config;
  directory: DataDirectory;
  log: Logger;
}): Promise<StandIn> {
  const { config, directory, log } = options;
  if (isDirectoryWanted(directory.root)) {
    throw new SekhaError("conflict", "A server is taking the data directory. Try again shortly.");
  }
  const lock = lockDirectory(directory.root);
  const key = generateApiKey();
  const withKey = { ...config, additionalApiKeys: [...config.additionalApiKeys, key] };
  try {
    const { composeMemory } = await import("./compose/compose.ts");
    const memory = await composeMemory({
      config: withKey,
      ...{ directory, log, serving: true, withBridge: true },
    });
    return await serveOthers({
      controller: memory.controller,
      close: memory.close,
      lock,
      key,
      log,
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Held {
  controller: ControllerApp;
  close(): Promise<void>;
  lock: DirectoryLock;
  key: string;
  log: Logger;
}

async function serveOthers({ controller, close, lock, key, log }: Held): Promise<StandIn> {
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | null = null;
  const face: Face = {
    answer: async (request, context) => {
      if (!isYieldRequest(request, key)) return controller.answer(request, context);
      log.info("A server takes the data directory over");
      void end();
      return jsonResponse({ success: true });
    },
  };
  const { server, url } = await listen(face, { name: "stand-in", host: "127.0.0.1", port: 0 });
  lock.announce(url, key);
  log.info(`No server runs: this process serves the data directory at ${url}`);
  const end = () => {
    closing ??= (async () => {
      await drain(server, DRAIN_MS);
      await Promise.allSettled(underWay);
      await close();
      lock.release();
    })();
    return closing;
  };
  return {
    close: end,
    fetch: (request) => {
      if (closing !== null) return Promise.reject(new StandInGone());
      const context = {
        ...{ owner: LOCAL_OWNER, scopes: ALL_SCOPES, peerAddress: null },
        ...{ injected: true, signal: request.signal },
      };
      const answer = controller.fetch(request, context);
      underWay.add(answer);
      answer.finally(() => underWay.delete(answer)).catch(() => undefined);
      return answer;
    },
  };
}

function isYieldRequest(request: HttpRequest, key: string): boolean {
  const { pathname } = new URL(request.url);
  return pathname === YIELD_PATH && request.headers.get("authorization") === `Bearer ${key}`;
}
