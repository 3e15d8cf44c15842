import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../server/src/config/load-config.ts";
import { createLogger, openMemory } from "../server/src/serve.ts";
import { OLD_CLIENT_CALLS, type OldClientCall, oldClientsPage } from "./support/old-clients.ts";

const directory = mkdtempSync(join(tmpdir(), "sekha-old-clients-"));
let memory: Awaited<ReturnType<typeof openMemory>>;

beforeAll(async () => {
  const config = loadConfig({
    env: { SEKHA_DATA_DIR: directory },
    cwd: directory,
    homeDirectory: directory,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  const log = createLogger({ level: "silent", format: "json", destination: process.stderr });
  memory = await openMemory({ config, log });
});

afterAll(async () => {
  await memory.close();
  rmSync(directory, { recursive: true, force: true });
});

async function send(
  call: Omit<OldClientCall, "client" | "reads" | "status">,
  id = "",
): Promise<Response> {
  const { method, path, body, headers } = call;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return memory.fetch(
    new Request(`http://localhost${path.replace("{id}", id)}`, {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: text.replace("{id}", id) }),
    }),
  );
}

async function storedId(): Promise<string> {
  const response = await send({
    method: "POST",
    path: "/api/v1/conversations",
    body: { label: "Kettle", messages: [{ role: "user", content: "The kettle whistles" }] },
  });
  const { id } = (await response.json()) as { id: string };
  return id;
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

describe("what existing clients send is answered as they read it [req:compat.old-routes]", () => {
  test.each(OLD_CLIENT_CALLS)("$client: $method $path", async (call) => {
    const response = await send(call, await storedId());
    const body: unknown = await response.json();
    expect({ status: response.status, body }).toMatchObject({ status: call.status });
    for (const read of call.reads) expect(valueAt(body, read), read).not.toBeUndefined();
  });
});

test("docs/reference/old-clients.md is what the table generates (npm run generate)", () => {
  const page = readFileSync(new URL("../docs/reference/old-clients.md", import.meta.url), "utf8");
  expect(page).toBe(oldClientsPage());
});
