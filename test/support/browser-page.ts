import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const LONGEST_MS = 60_000;

/** Debian's Chromium, or none. */
export function chromium(): string | null {
  return (
    ["chromium", "chromium-browser", "google-chrome"].find(
      (name) => spawnSync(name, ["--version"]).status === 0,
    ) ?? null
  );
}

export interface BrowserPage {
  /** By path: what the page can fetch; `/` is the page. */
  files: Readonly<Record<string, { type: string; body: string }>>;
  /** For the browser's profile. */
  folder: string;
}

/** Opens a page in a headless browser; resolves with what it posts to /results of its own server. */
export async function postedByPage(browser: string, page: BrowserPage): Promise<string> {
  const posted = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    serve(page, { request, response, onPosted: posted.resolve }).catch(posted.reject);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const child = open(browser, `http://127.0.0.1:${port}/`, join(page.folder, "profile"));
  const timer = setTimeout(
    () =>
      posted.reject(
        new Error(`The page posted nothing within ${LONGEST_MS} ms:\n${child.output()}`),
      ),
    LONGEST_MS,
  );
  try {
    return await posted.promise;
  } finally {
    clearTimeout(timer);
    await child.end();
    server.closeAllConnections();
    server.close();
  }
}

async function serve(
  { files }: BrowserPage,
  call: { request: IncomingMessage; response: ServerResponse; onPosted: (body: string) => void },
): Promise<void> {
  const { request, response, onPosted } = call;
  if (request.method === "POST") {
    onPosted(await text(request));
    response.end();
    return;
  }
  const file = files[request.url ?? ""];
  response.writeHead(file === undefined ? 404 : 200, {
    "Content-Type": file?.type ?? "text/plain",
  });
  response.end(file?.body ?? "");
}

function open(browser: string, url: string, profile: string) {
  const args = [
    "--headless",
    // Errors of the page appear among what it writes.
    "--enable-logging=stderr",
    // Tests run as root in containers, where Chromium has no sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    url,
  ];
  let output = "";
  // A group of its own, so that the browser's own processes end with it.
  const child = spawn(browser, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (piece: string) => {
      output += piece;
    });
  }
  const exited = once(child, "close");
  return {
    output: () => output,
    end: async () => {
      endGroup(child);
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
