import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MIGRATED_YAML } from "../../../../../test/support/guide-yaml.ts";
import { loadConfig } from "../../../config/load-config.ts";
import { CliWorld } from "../__fixtures__/cli-world.ts";

const guideEnv = `OLLAMA_URL=http://localhost:11434
EMBEDDING_MODEL=nomic-embed-text:latest
SUMMARIZATION_MODEL=llama3.1:8b
`;

const guideSummary = `✅ Migration complete!
   - Old config backed up to .env.v1.backup
   - New config written to config.yaml
   - Providers configured: 1 (Ollama)
   - Models configured: 2
`;

let world: CliWorld;

beforeEach(() => {
  world = new CliWorld();
  world.io = { env: {} };
});
afterEach(() => world.remove());

const read = (name: string) => readFileSync(join(world.folder, name), "utf8");
const isThere = (name: string) => existsSync(join(world.folder, name));
const migrate = (...options: string[]) => world.run("migrate", "config", ...options);

/** As a start in this folder would read it. */
const loaded = (env: Record<string, string> = {}) =>
  loadConfig({
    env,
    cwd: world.folder,
    homeDirectory: world.folder,
    readFile: (path) => readFileSync(path, "utf8"),
  });

describe("sekha migrate config", () => {
  test("writes the guide's configuration and prints its summary [req:migrate.config]", async () => {
    world.write(".env", guideEnv);
    const { code, out } = await migrate();
    expect({ code, out }).toEqual({ code: 0, out: guideSummary });
    expect(read("config.yaml")).toContain(MIGRATED_YAML);
    expect(read(".env.v1.backup")).toBe(guideEnv);
    expect(loaded()).toMatchObject({ mode: "configured", warnings: [], notes: [] });
  });

  test("changes nothing when it is run again, and says so [req:migrate.config-twice]", async () => {
    world.write(".env", guideEnv);
    world.write("config.toml", '[auth]\napi_key = "test-key-of-version-1"\n');
    await migrate();
    const files = () =>
      [".env", ".env.v1.backup", "config.yaml"].map((name) => [
        read(name),
        statSync(join(world.folder, name)).mtimeMs,
      ]);
    const before = files();
    const { code, out } = await migrate();
    expect({ code, out }).toEqual({
      code: 0,
      out: "✅ Nothing to change: config.yaml is up to date.\n",
    });
    expect(files()).toEqual(before);
    expect(isThere(".env.v1.backup.2")).toBe(false);
  });

  test("shows what a start would refuse with --dry-run, since the errors name its lines", async () => {
    world.write(".env", "OLLAMA_URL=localhost:11434\n");
    const { code, out, err } = await migrate("--dry-run");
    expect({ code, isThere: isThere("config.yaml") }).toEqual({ code: 1, isThere: false });
    const line = Number(/config\.yaml:(\d+):/.exec(err)?.[1]);
    expect(out.split("\n")[line - 1]).toContain("base_url: localhost:11434");
  });

  test("writes nothing with --dry-run, and shows what it would write [req:migrate.config-options]", async () => {
    world.write(".env", guideEnv);
    const { code, out, err } = await migrate("--dry-run");
    expect(code).toBe(0);
    expect(out).toContain(MIGRATED_YAML);
    expect(err).toContain("Nothing was written. config.yaml would be written.");
    expect([isThere("config.yaml"), isThere(".env.v1.backup")]).toEqual([false, false]);
  });

  test("never replaces another config.yaml without being told, and keeps it then [req:migrate.config-options]", async () => {
    world.write(".env", guideEnv);
    world.write("config.yaml", "log_level: debug\n");
    const refused = await migrate();
    expect(refused.code).toBe(64);
    expect(refused.err).toContain("config.yaml exists and says something else.");
    expect(read("config.yaml")).toBe("log_level: debug\n");
    world.write("config.yaml.backup", "an older one\n");
    const { code } = await migrate("--yes");
    expect(code).toBe(0);
    expect(read("config.yaml")).toContain(MIGRATED_YAML);
    expect(read("config.yaml.backup")).toBe("an older one\n");
    expect(read("config.yaml.backup.2")).toBe("log_level: debug\n");
  });

  test("asks a person before it replaces a file", async () => {
    world.write(".env", guideEnv);
    world.write("config.yaml", "log_level: debug\n");
    const answer = (text: string) => {
      const stdin = new PassThrough();
      stdin.end(`${text}\n`);
      world.io = { env: {}, isInputTerminal: true, stdin };
    };
    answer("n");
    expect((await migrate()).code).toBe(1);
    expect(read("config.yaml")).toBe("log_level: debug\n");
    answer("y");
    expect((await migrate()).code).toBe(0);
    expect(read("config.yaml")).toContain(MIGRATED_YAML);
  });

  test("never replaces an older backup of .env", async () => {
    world.write(".env", guideEnv);
    world.write(".env.v1.backup", "OLLAMA_URL=http://first:11434\n");
    const { out } = await migrate();
    expect(out).toContain("Old config backed up to .env.v1.backup.2");
    expect(read(".env.v1.backup")).toBe("OLLAMA_URL=http://first:11434\n");
    expect(read(".env.v1.backup.2")).toBe(guideEnv);
  });

  test("writes another file with --output, with a data directory that is right there", async () => {
    world.write(".env", guideEnv);
    mkdirSync(join(world.folder, "etc"));
    await migrate("--output", "etc/sekha.yaml");
    expect(read("etc/sekha.yaml")).toContain(`data_directory: ${join(world.folder, "data")}`);
    expect(isThere("config.yaml")).toBe(false);
  });

  test("is JSON with --json", async () => {
    world.write(".env", guideEnv);
    const { out } = await migrate("--json");
    expect(JSON.parse(out)).toMatchObject({
      ...{ file: join(world.folder, "config.yaml"), changed: true, providers: 1, models: 2 },
      backup: join(world.folder, ".env.v1.backup"),
    });
  });

  test("says where to run it when there is nothing to migrate", async () => {
    const { code, err } = await migrate();
    expect(code).toBe(1);
    expect(err).toContain("Run it in the folder where version 1 ran.");
  });

  test("writes nothing that a start would refuse [req:migrate.config-valid]", async () => {
    world.write(".env", `${guideEnv}SEKHA__SERVER_PORT=eighty\n`);
    const { code, err } = await migrate();
    expect(code).toBe(1);
    expect(err).toContain("server.port");
    expect(err).toContain("Nothing was written.");
    expect([isThere("config.yaml"), isThere(".env.v1.backup")]).toEqual([false, false]);
  });

  test("names file and line of what cannot be read", async () => {
    world.write(".env", "A=1\nOLLAMA_URL='http://x\n");
    expect((await migrate()).err).toContain(
      ".env, line 2: the quote that opens here is never closed.",
    );
    world.write(".env", guideEnv);
    world.write("config.toml", "ok = 1\nnot toml\n");
    expect((await migrate()).err).toContain("config.toml, line 2:");
  });
});

describe("what version 1 was told", () => {
  test("is carried over from .env: keys by reference, everything else with its value [req:migrate.secrets-stay]", async () => {
    world.write(
      ".env",
      `${guideEnv}CHAT_MODEL=llama3.1:8b
VISION_MODEL=llava:7b
export MCP_API_KEY="test-key-for-the-tools" # for Claude
REST_API_KEY=test-key-for-the-rest-api
CHROMA_URL=http://user:test-secret@chroma:8000
RATE_LIMIT_PER_MINUTE=60
EXCLUDED_FOLDERS=/private,/work
CORS_ENABLED=false
LOG_LEVEL=info
`,
    );
    await migrate();
    const yaml = read("config.yaml");
    expect(yaml).toContain(`mcp_api_key: \${MCP_API_KEY}\n`);
    expect(yaml).not.toMatch(/test-key|test-secret/);
    expect(loaded()).toMatchObject({
      mcpApiKey: "test-key-for-the-tools",
      restApiKey: "test-key-for-the-rest-api",
      chromaUrl: "http://user:test-secret@chroma:8000",
      rateLimitPerMinute: 60,
      corsEnabled: false,
      proxy: { excludedFolders: ["/private", "/work"] },
      defaultModels: { chat_small: "llama3.1:8b", chat_smart: "llama3.1:8b", vision: "llava:7b" },
    });
    expect(loaded().llmProviders[0]?.models).toMatchObject([
      { task: ["embedding"] },
      { task: ["chat_small", "chat_smart"] },
      { task: ["vision"], supportsVision: true },
    ]);
  });

  test("is carried over from config.toml, flat and nested; its keys move to .env [req:migrate.toml]", async () => {
    world.write(
      "config.toml",
      `rest_api_key = "test-key-flat-it's"
ollama_url = "http://flat:11434"
weird = true
[server]
host = "127.0.0.1"
port = 9090
[database]
max_connections = 3
[api]
api_keys = ["test-key-in-a-list-1", "test-key-in-a-list-2"]
[ollama]
embedding_model = "bge-m3"
model = "mistral:7b"
`,
    );
    const { code, out, err } = await migrate();
    expect(code).toBe(0);
    expect(out).toContain("Old config stays in config.toml");
    expect(err).toContain("weird of config.toml has no counterpart; it is left out.");
    expect(read("config.yaml")).not.toContain("test-key");
    expect(statSync(join(world.folder, ".env")).mode & 0o777).toBe(0o600);
    expect(loaded()).toMatchObject({
      restApiKey: "test-key-flat-it's",
      additionalApiKeys: ["test-key-in-a-list-1", "test-key-in-a-list-2"],
      server: { host: "127.0.0.1", port: 9090 },
      maxConnections: 3,
    });
    expect(loaded().llmProviders[0]).toMatchObject({
      baseUrl: "http://flat:11434",
      models: [
        { modelId: "bge-m3", dimension: 1024, contextWindow: 8192 },
        { modelId: "mistral:7b", contextWindow: 32_768 },
      ],
    });
  });

  test("wins in version 1's order: environment, .env, ~/.sekha/config.toml, config.toml", async () => {
    const home = join(world.folder, "home");
    mkdirSync(join(home, ".sekha"), { recursive: true });
    writeFileSync(
      join(home, ".sekha/config.toml"),
      'embedding_model = "home"\nlog_level = "warn"\n',
    );
    world.write(
      "config.toml",
      'embedding_model = "here"\nlog_level = "error"\nmax_connections = 4\n',
    );
    world.write(".env", "EMBEDDING_MODEL=from-env-file\nSUMMARIZATION_MODEL=from-env-file\n");
    world.io = { env: { SEKHA__EMBEDDING_MODEL: "from-environment" }, homeDirectory: home };
    await migrate();
    const { defaultModels, logLevel, maxConnections } = loaded();
    expect({ defaultModels, logLevel, maxConnections }).toEqual({
      defaultModels: { embedding: "from-environment", chat_small: "from-env-file" },
      logLevel: "warn",
      maxConnections: 4,
    });
  });

  test("is version 1's defaults where nothing was said, and unknown models are not guessed at", async () => {
    world.write(".env", "EMBEDDING_MODEL=my-own-model\n");
    await migrate();
    expect(read("config.yaml")).toContain(
      "base_url: http://localhost:11434  # version 1's default",
    );
    expect(loaded().llmProviders[0]?.models[0]).toEqual(
      expect.not.objectContaining({ dimension: expect.anything() }),
    );
  });

  test.each(["dev_default_key_change_me_1234567890", "CHANGE_ME_32_CHARS_MINIMUM_REQUIRED"])(
    "does not go on with the key that everyone knows: %s",
    async (key) => {
      world.write(".env", `${guideEnv}MCP_API_KEY=${key}\n`);
      const { code, err } = await migrate();
      expect(code).toBe(0);
      expect(err).toContain("protects nothing and is left out");
      expect(loaded().mcpApiKey).toBeUndefined();
    },
  );

  test("warns of lines that a shell reads differently", async () => {
    world.write(".env", `${guideEnv}LABEL=two words\nX=$(id)\n`);
    const { code, err } = await migrate();
    expect(code).toBe(0);
    expect(err).toMatch(/Warning: \.env, line 4: LABEL is read to the end/);
    expect(err).toMatch(/Warning: \.env, line 5: X runs a command/);
  });
});

describe("version 1's memory", () => {
  test.each([
    { file: "data/sekha.db", line: "", directory: "data", url: undefined },
    {
      file: "data/sekha.db",
      line: "DATABASE_URL=sqlite:///data/sekha.db?mode=rwc",
      directory: "data",
      url: undefined,
    },
    {
      file: "data/sekha.db",
      line: "DATABASE_URL=sqlite://data/sekha.db",
      directory: "data",
      url: undefined,
    },
    {
      file: "old/memory.db",
      line: "DATABASE_URL=sqlite://old/memory.db",
      directory: "old",
      url: "sqlite://memory.db",
    },
    {
      file: "sekha.db",
      line: "DATABASE_URL=sqlite://sekha.db",
      directory: "data",
      url: "sqlite://../sekha.db",
    },
    { file: ".sekha/data/sekha.db", line: "", directory: ".sekha/data", url: undefined },
  ])(
    "at $file with '$line' is where the new configuration looks [req:migrate.finds-v1]",
    async ({ file, line, directory, url }) => {
      mkdirSync(join(world.folder, file, ".."), { recursive: true });
      world.write(file, "");
      world.write(".env", `${guideEnv}${line}\n`);
      const { err } = await migrate();
      expect(err).toContain(`Version 1's memory is ${file}.`);
      expect(loaded()).toMatchObject({ dataDirectory: join(world.folder, directory) });
      expect(loaded().databaseUrl).toBe(url);
    },
  );

  test("that is not on this machine is asked for; one in PostgreSQL stays a reference", async () => {
    world.write(".env", `${guideEnv}DATABASE_URL=sqlite:///data/sekha.db\n`);
    const { err } = await migrate();
    expect(err).toContain(
      "Version 1's memory was not found here. If there is one, put it at data/sekha.db",
    );
    world.write(".env", "DATABASE_URL=postgresql://me:test-secret@host/db\n");
    await migrate("--yes");
    expect(read("config.yaml")).not.toContain("test-secret");
    expect(loaded().databaseUrl).toBe("postgresql://me:test-secret@host/db");
  });
});
