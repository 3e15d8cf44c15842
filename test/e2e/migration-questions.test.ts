import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PROGRAM_ENVIRONMENT } from "../support/program-environment.ts";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../support/scripted-provider/scripted-provider.ts";
import { runSekha, SekhaProcess } from "../support/sekha-process.ts";
import { temporaryFolder } from "../support/temporary-place.ts";

/** The migration guide's questions and troubleshooting; the steps themselves are in migration-guide.test.ts. */

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;
let ollama: ScriptedProvider;
let openai: ScriptedProvider;
const running: SekhaProcess[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  ollama = await startScriptedProvider({ dimension: 768 });
  openai = await startScriptedProvider({ dimension: 3072 });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((sekha) => sekha.kill()));
  await Promise.all([ollama.stop(), openai.stop()]);
});

async function start(
  yaml: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<SekhaProcess> {
  const file = join(folder, "config.yaml");
  writeFileSync(file, yaml);
  const sekha = await SekhaProcess.start({
    dataDirectory: join(folder, "data"),
    environment: { SEKHA__CONFIG_FILE: file, ...environment },
  });
  running.push(sekha);
  return sekha;
}

const chat = (sekha: SekhaProcess, model?: string) =>
  sekha.json("POST", `${sekha.bridgeUrl}/v1/chat/completions`, {
    ...(model === undefined ? {} : { model }),
    messages: [{ role: "user", content: "hello" }],
  });

const ollamaYaml = (priority = 1) => `llm_providers:
  - id: ollama_migrated
    provider_type: ollama
    base_url: ${ollama.origin}
    priority: ${priority}
    models:
      - model_id: nomic-embed-text:latest
        task: embedding
        dimension: 768
      - model_id: llama3.1:8b
        task: chat_small
`;

const openaiYaml = () => `  - id: openai_cloud
    provider_type: openai
    base_url: ${openai.origin}/v1
    api_key: test-key-of-openai
    priority: 1
    models:
      - model_id: gpt-4o
        task: chat_small
        cost_per_1k_input: 0.0025
        cost_per_1k_output: 0.01
`;

describe("the migration guide's questions", () => {
  test("What happens if bridge routing fails? Priority 1, then priority 2, then an error that says what to do [req:migrate.guide-fallback]", async () => {
    const sekha = await start(`${ollamaYaml(2)}${openaiYaml()}`);
    openai.script({ kind: "server_error", status: 503 });
    const second = await chat(sekha);
    expect(second.body.sekha_metadata.routing).toMatchObject({ provider_id: "ollama_migrated" });
    ollama.script({ kind: "server_error", status: 503 });
    const failed = await chat(sekha);
    expect(failed.status).toBe(503);
    expect(JSON.stringify(failed.body)).toMatch(/openai_cloud.*ollama_migrated/);
    expect(JSON.stringify(failed.body)).toMatch(/sekha providers (test|health|reset)/);
  });

  test("Can I run v1.x and v2.0 side-by-side? On other ports, and the same port is refused politely [req:migrate.guide-side-by-side]", async () => {
    const v1 = await listening();
    const v1Port = String((v1.address() as AddressInfo).port);
    try {
      const refused = await runSekha(["start"], {
        dataDirectory: join(folder, "refused"),
        environment: { SEKHA__SERVER__PORT: v1Port },
      });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(v1Port);
      const [controller, bridge] = await freePorts(2);
      const sekha = await start(ollamaYaml(), {
        SEKHA__SERVER__PORT: String(controller),
        SEKHA__BRIDGE__PORT: String(bridge),
      });
      expect(new URL(sekha.url).port).toBe(String(controller));
      expect(new URL(sekha.bridgeUrl).port).toBe(String(bridge));
      expect(await (await fetch(`http://127.0.0.1:${v1Port}/`)).text()).toBe("version 1");
    } finally {
      v1.close();
    }
  });

  test("Can I disable v2.0 routing? Without llm_providers version 1's variables name the models [req:migrate.guide-legacy]", async () => {
    const sekha = await start(
      `default_models:
  embedding: nomic-embed-text:latest
  chat_small: llama3.1:8b

routing:
  enable_fallback: true
  cost_limit_per_request: 0.10
`,
      {
        OLLAMA_URL: ollama.origin,
        EMBEDDING_MODEL: "nomic-embed-text:latest",
        SUMMARIZATION_MODEL: "llama3.1:8b",
      },
    );
    const { body } = await sekha.json("GET", `${sekha.bridgeUrl}/health`);
    expect(body.models_loaded).toEqual(
      expect.arrayContaining(["nomic-embed-text:latest", "llama3.1:8b"]),
    );
    const answer = await chat(sekha);
    expect(answer.body.sekha_metadata.routing).toMatchObject({ model_id: "llama3.1:8b" });
    const created = await sekha.json("POST", "/api/v1/conversations?wait=true", {
      messages: [{ role: "user", content: "as before" }],
    });
    expect(created.body).toMatchObject({ embedding_status: "embedded" });
    await sekha.logged(/legacy mode: without llm_providers/);
  });
});

describe("`migrate-config-v2.sh` away from the repository", () => {
  const migrate = async (path: string) => {
    const script = join(folder, "migrate-config-v2.sh");
    copyFileSync(join(REPOSITORY, "scripts", "migrate-config-v2.sh"), script);
    writeFileSync(join(folder, ".env"), "OLLAMA_URL=http://localhost:11434\n");
    const options = { cwd: folder, env: { ...PROGRAM_ENVIRONMENT, PATH: path, HOME: folder } };
    return promisify(execFile)("/bin/sh", [script, "--dry-run"], options);
  };

  test("takes `sekha` from PATH, with the same options [req:migrate.guide-script]", async () => {
    const programs = join(REPOSITORY, "node_modules", ".bin");
    const { stdout, stderr } = await migrate(`${programs}:/usr/bin:/bin`);
    expect(stdout).toContain("base_url: http://localhost:11434  # From OLLAMA_URL");
    expect(stderr).toContain("Nothing was written.");
  });

  test("says what is missing when there is no program", async () => {
    await expect(migrate("/usr/bin:/bin")).rejects.toMatchObject({
      code: 127,
      stderr: expect.stringContaining("Sekha was not found"),
    });
  });
});

describe("the migration guide's troubleshooting", () => {
  test('"No providers configured": the answer says it and what to add; the log names the providers [req:migrate.guide-no-providers]', async () => {
    const empty = await start("log_level: info\n");
    const { status, body } = await chat(empty);
    expect(status).toBe(503);
    expect(body.detail ?? JSON.stringify(body)).toMatch(/No providers configured.*llm_providers/);
    await empty.kill();
    const sekha = await start(ollamaYaml());
    await sekha.logged(/provider.*ollama_migrated|ollama_migrated.*provider/i);
  });

  test("`config.yaml` that is not valid is refused with its line; `sekha config check` is what `python -m yaml` was meant for [req:migrate.guide-config-check]", async () => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, "llm_providers:\n  - id: [\n");
    const options = { dataDirectory: join(folder, "data"), environment: { SEKHA_DATA_DIR: "" } };
    for (const command of [["start"], ["config", "check"]]) {
      const { code, stdout, stderr } = await runSekha(command, options);
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(/config\.yaml:\d+/);
    }
  });

  test('"Circuit breaker open" after 3 failures: health/providers shows it, and a restart closes it [req:migrate.guide-breaker]', async () => {
    const sekha = await start(ollamaYaml());
    ollama.script({ kind: "server_error", status: 500 });
    const bodies = [];
    for (let count = 0; count < 4; count += 1)
      bodies.push(JSON.stringify((await chat(sekha)).body));
    expect(bodies.at(-1)).toContain("Circuit breaker open for provider 'ollama_migrated'");
    const health = async (one: SekhaProcess) =>
      (await one.json("GET", `${one.bridgeUrl}/api/v1/health/providers`)).body.providers
        .ollama_migrated.circuit_breaker.state;
    expect(await health(sekha)).toBe("open");
    await ollama.clear();
    expect(await sekha.stop()).toBe(0);
    const restarted = await sekha.restart();
    running.push(restarted);
    expect(await health(restarted)).toBe("closed");
    expect((await chat(restarted)).status).toBe(200);
  });

  test("High costs: the guide's limits keep an expensive provider away [req:migrate.guide-costs]", async () => {
    const limits = `routing:
  cost_limit_per_request: 0.01  # Max $0.01 per request
  prefer_free_providers: true
`;
    const sekha = await start(`${ollamaYaml(2)}${openaiYaml()}${limits}`);
    const free = await chat(sekha);
    expect(free.body.sekha_metadata.routing).toMatchObject({ provider_id: "ollama_migrated" });
    const { body } = await sekha.json("POST", `${sekha.bridgeUrl}/v1/chat/completions`, {
      model: "gpt-4o",
      max_tokens: 4000,
      messages: [{ role: "user", content: "hello" }],
    });
    expect(JSON.stringify(body)).not.toContain('"provider_id":"openai_cloud"');
    expect(openai.requests.filter(({ path }) => path.includes("chat"))).toEqual([]);
  });
});

/** A server on a port of the system's, that plays version 1. */
async function listening(): Promise<Server> {
  const server = createServer((_request, response) => response.end("version 1"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map((server) => {
      server.close();
      return once(server, "close");
    }),
  );
  return ports;
}
