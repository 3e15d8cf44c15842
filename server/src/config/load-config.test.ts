// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references are what is tested.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { load, problemsOf, reader } from "./__fixtures__/loading.ts";
import { loadConfig } from "./load-config.ts";
import { loadConfigFromProcess } from "./load-config-from-process.ts";

const provider =
  "llm_providers: [{id: a, provider_type: ollama, models: [{model_id: m, task: embedding}]}]";

describe("finding the file", () => {
  const files = new Map([
    ["/work/config.yaml", "log_level: warn"],
    ["/etc/one.yaml", "log_level: error"],
    ["/work/two.yaml", "log_level: debug"],
  ]);
  const find = (env: Record<string, string>, file?: string) =>
    loadConfig({
      argv: file === undefined ? {} : { file },
      env,
      cwd: "/work",
      homeDirectory: "/home/me",
      readFile: reader(files),
    });

  test("takes ./config.yaml", () => {
    expect(find({})).toMatchObject({ logLevel: "warn", file: "/work/config.yaml" });
  });

  test("prefers the command line, then SEKHA__CONFIG_FILE, then CONFIG_PATH [req:config.find-file]", () => {
    const both = { SEKHA__CONFIG_FILE: "/etc/one.yaml", CONFIG_PATH: "two.yaml" };
    expect(find({ CONFIG_PATH: "two.yaml" }).logLevel).toBe("debug");
    expect(find(both).logLevel).toBe("error");
    expect(find(both, "two.yaml").logLevel).toBe("debug");
  });

  test("refuses a named file that does not exist and says who named it", () => {
    expect(() => find({ CONFIG_PATH: "/gone.yaml" })).toThrow(
      "/gone.yaml (environment variable CONFIG_PATH): The configuration file does not exist. Check the path that CONFIG_PATH gives.",
    );
  });

  test.each([
    ["EISDIR", "is a folder"],
    ["EACCES", "may not be read"],
    ["EIO", "cannot be read (EIO)"],
  ])("explains %s", (code, text) => {
    const readFile = () => {
      throw Object.assign(new Error("x"), { code });
    };
    expect(() => loadConfig({ env: {}, cwd: "/work", homeDirectory: "/h", readFile })).toThrow(
      text,
    );
  });
});

test("without anything the embedded model serves on loopback [req:config.without-file]", () => {
  const config = load(undefined);
  expect(config).toMatchObject({
    mode: "embedded",
    file: undefined,
    dataDirectory: "/home/me/.sekha",
    services: ["controller", "bridge", "proxy"],
    server: { host: "127.0.0.1", port: 8080 },
    bridge: { host: "127.0.0.1", port: 5001 },
    proxy: { host: "127.0.0.1", port: 8081 },
    auth: { bridge: "open" },
    bodyLimits: { controller: 10 * 2 ** 20, bridge: 64 * 2 ** 20, import: 4 * 2 ** 30 },
    defaultModels: { embedding: "all-MiniLM-L6-v2" },
  });
  expect(config.llmProviders).toMatchObject([
    { id: "builtin", providerType: "builtin", models: [{ dimension: 384 }] },
  ]);
});

test("an empty file is as good as none, apart from the data directory", () => {
  expect(load("# nothing yet\n")).toMatchObject({ mode: "embedded", dataDirectory: "/work" });
});

describe("the data directory", () => {
  test("is SEKHA_DATA_DIR, else data_directory, else the folder of the file", () => {
    expect(load("", { SEKHA_DATA_DIR: "memory" }).dataDirectory).toBe("/work/memory");
    expect(load("data_directory: ~/memory").dataDirectory).toBe("/home/me/memory");
    expect(load("data_directory: memory", { SEKHA_DATA_DIR: "/data" }).dataDirectory).toBe("/data");
    expect(load("").dataDirectory).toBe("/work");
  });

  test("a relative folder in the file is relative to the file", () => {
    const config = loadConfig({
      argv: { file: "/etc/sekha/config.yaml" },
      env: {},
      cwd: "/work",
      homeDirectory: "/home/me",
      readFile: () =>
        "data_directory: data\nimages: {file_folders: [pictures]}\nbackups: {directory: b}",
    });
    expect(config.dataDirectory).toBe("/etc/sekha/data");
    expect(config.images.fileFolders).toEqual(["/etc/sekha/pictures"]);
    expect(config.backups.directory).toBe("/etc/sekha/b");
  });
});

describe("SEKHA__ variables", () => {
  test("override any key, in any case, with numbers and booleans by schema", () => {
    const config = load("server: {port: 1}", {
      SEKHA__SERVER__PORT: "9000",
      sekha__cors_enabled: "no",
      SEKHA__MCP_API_KEY: "12345678901234567890",
      SEKHA__ROUTING__COST_LIMIT_PER_REQUEST: "0.25",
      SEKHA__CORS_ORIGINS: "http://a, http://b",
      SEKHA__REST_API_KEY: "",
    });
    expect(config.server.port).toBe(9000);
    expect(config.corsEnabled).toBe(false);
    expect(config.mcpApiKey).toBe("12345678901234567890");
    expect(config.routing.costLimitPerRequest).toBe(0.25);
    expect(config.corsOrigins).toEqual(["http://a", "http://b"]);
    expect(config.restApiKey).toBeUndefined();
  });

  test("take JSON for lists and mappings, and replace what was there [req:config.variables]", () => {
    const config = load(provider, {
      SEKHA__LLM_PROVIDERS:
        '[{"id":"b","type":"openai","api_key":"${KEY}","models":[{"model_id":"e","task":"embedding"}]}]',
      KEY: "sk-abcdefghijklmnop",
      SEKHA__DEFAULT_MODELS: '{"embedding":"e"}',
    });
    expect(config.llmProviders).toHaveLength(1);
    expect(config.llmProviders[0]).toMatchObject({ id: "b", apiKey: "sk-abcdefghijklmnop" });
    expect(config.defaultModels).toEqual({ embedding: "e" });
  });

  test("reach into lists by index and through other spellings [req:config.variables]", () => {
    const config = load(provider.replace("llm_providers", "providers"), {
      SEKHA__LLM_PROVIDERS__0__API_KEY: "sk-abcdefghijklmnop",
      SEKHA__PROVIDERS__0__TIMEOUT: "7",
      SEKHA__LLM_PROVIDERS__0__PROVIDER_SPECIFIC__SEED: "5",
      SEKHA__SERVER_PORT: "8099",
    });
    expect(config.llmProviders[0]).toMatchObject({
      apiKey: "sk-abcdefghijklmnop",
      timeoutSecs: 7,
      providerSpecific: { seed: 5 },
    });
    expect(config.server.port).toBe(8099);
  });

  test("may add one item at the end of a list and no further", () => {
    expect(
      load("", { SEKHA__ADDITIONAL_API_KEYS__0: "a-long-enough-key-1" }).additionalApiKeys,
    ).toEqual(["a-long-enough-key-1"]);
    expect(problemsOf(provider, { SEKHA__LLM_PROVIDERS__3__ID: "x" })).toMatchObject([
      {
        variable: "SEKHA__LLM_PROVIDERS__3__ID",
        message: "cannot be set: llm_providers has 1 item, counted from 0.",
      },
    ]);
  });
});

test("the command line wins over every variable", () => {
  const overrides = { "server.port": 7000, services: ["controller"] };
  const config = load("server: {port: 1}", { SEKHA__SERVER__PORT: "2" }, { overrides });
  expect(config.server.port).toBe(7000);
  expect(config.services).toEqual(["controller"]);
});

test("plain variables win over the file and SEKHA__ variables over them", () => {
  const env = {
    LOG_LEVEL: "WARNING",
    LOG_FORMAT: "json",
    CHROMA_URL: "http://c:1",
    DATABASE_URL: "",
  };
  expect(load("log_level: trace", env)).toMatchObject({
    logLevel: "warn",
    logFormat: "json",
    chromaUrl: "http://c:1",
  });
  expect(load("database_url: sqlite://a.db", env).databaseUrl).toBe("sqlite://a.db");
  expect(load("", { ...env, SEKHA__LOG_LEVEL: "fatal" }).logLevel).toBe("fatal");
});

test("the proxy's variables are read, lists without their blanks", () => {
  const config = load("", {
    PROXY_PORT: "9081",
    AUTO_INJECT_CONTEXT: "false",
    MEMORY_CONTEXT_TOKEN_BUDGET: "3000",
    EXCLUDED_FOLDERS: "/private, /work ,",
    LLM_TIMEOUT: "60",
  });
  expect(config.proxy).toMatchObject({
    port: 9081,
    autoInjectContext: false,
    contextTokenBudget: 3000,
    excludedFolders: ["/private", "/work"],
    llmTimeoutSecs: 60,
  });
});

test("HOST and PORT belong to the only service of a process", () => {
  const env = { PORT: "5055", HOST: "localhost" };
  expect(load("services: [bridge]", env).bridge).toMatchObject({ port: 5055, host: "localhost" });
  expect(load("", { ...env, SEKHA_SERVICES: "controller" }).server.port).toBe(5055);
  const several = load("", env);
  expect([several.server.port, several.bridge.port, several.proxy.port]).toEqual([
    8080, 5001, 8081,
  ]);
});

describe("references to variables", () => {
  test("are replaced anywhere, with defaults, and may stand for numbers and lists [req:config.expansion]", () => {
    const config = load(
      [
        "server: {port: '${MY_PORT}'}",
        "cors_enabled: ${CORS:-false}",
        "proxy: {default_folder: '/${A:-x}/${B:-y}', preferred_labels: '${LABELS}'}",
        "rest_api_key: ${REST_KEY:-}",
      ].join("\n"),
      { MY_PORT: "8123", A: "home", LABELS: "a,b" },
    );
    expect(config.server.port).toBe(8123);
    expect(config.corsEnabled).toBe(false);
    expect(config.proxy).toMatchObject({ defaultFolder: "/home/y", preferredLabels: ["a", "b"] });
    expect(config.restApiKey).toBeUndefined();
  });

  test("cannot inject YAML, and $${ stays literal", () => {
    const config = load("proxy: {default_folder: '/${A}', preferred_labels: ['$${A}']}", {
      A: "x\nlog_level: trace",
    });
    expect(config.proxy.defaultFolder).toBe("/x\nlog_level: trace");
    expect(config.proxy.preferredLabels).toEqual(["${A}"]);
    expect(config.logLevel).toBe("info");
  });

  test("are left alone in plain variables", () => {
    expect(load("", { EMBEDDING_MODEL: "${X}" }).defaultModels.embedding).toBe("${X}");
  });

  test("that are missing, empty or unreadable are errors with key and line", () => {
    const yaml =
      "log_level: info\nrest_api_key: ${NOPE}\nmcp_api_key: ${EMPTY}\nchroma_url: ${a b}";
    expect(problemsOf(yaml, { EMPTY: "" })).toMatchObject([
      { key: "rest_api_key", line: 2, column: 15, variable: "NOPE" },
      { key: "mcp_api_key", line: 3, variable: "EMPTY" },
      { key: "chroma_url", line: 4, message: "holds a reference that cannot be read." },
    ]);
  });
});

test("the process's own environment and files are read", () => {
  const folder = mkdtempSync(join(tmpdir(), "sekha-config-"));
  try {
    const file = join(folder, "c.yaml");
    writeFileSync(file, "log_level: debug\n");
    expect(loadConfigFromProcess({ file })).toMatchObject({ file, logLevel: "debug" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the result is frozen at every depth [req:config.frozen]", () => {
  const config = load(provider);
  const open: unknown[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (!Object.isFrozen(value)) open.push(value);
    for (const item of Object.values(value)) visit(item);
  };
  visit(config);
  expect(open).toEqual([]);
});
