// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references are what is tested.
import { describe, expect, test } from "vitest";
import { load, problemsOf } from "./__fixtures__/loading.ts";
import { ConfigError } from "./config-error.ts";
import { formatConfigError } from "./format-config-error.ts";

const model = "{model_id: m, task: embedding}";

/** One provider on line 1 to 5, with further lines for it. */
function provider(...more: string[]): string {
  return [
    "llm_providers:",
    "  - id: a",
    "    provider_type: ollama",
    `    models: [${model}]`,
    ...more,
  ].join("\n");
}

describe("one mistake, one problem with its place", () => {
  test.each([
    [
      "an unknown key",
      "log_level: info\nlog_levl: info",
      { line: 2, column: 1, key: "log_levl", hint: "Did you mean log_level?" },
    ],
    [
      "an unknown nested key",
      "routing:\n  enable_falback: true",
      {
        line: 2,
        column: 3,
        key: "routing.enable_falback",
        hint: "Did you mean routing.enable_fallback?",
      },
    ],
    [
      "an unknown key of a provider",
      provider("    base_ulr: http://x"),
      {
        line: 5,
        key: "llm_providers[0].base_ulr",
        hint: "Did you mean llm_providers[0].base_url?",
      },
    ],
    [
      "a key in the wrong place",
      "circuit_breakers: 1\n",
      { line: 1, key: "circuit_breakers", hint: "Did you mean circuit_breaker?" },
    ],
    [
      "a key that belongs elsewhere",
      "semantic_timeout_ms: 5",
      { line: 1, hint: "Did you mean search.semantic_timeout_ms?" },
    ],
    [
      "a key nothing is near to",
      "zzzzzzzz: 5",
      {
        line: 1,
        message: "is not a known key.",
        hint: "See docs/reference/configuration.md for all keys.",
      },
    ],
    [
      "a slip inside a table of v1",
      "database:\n  urll: x",
      { line: 2, key: "database.urll", hint: "Did you mean database.url?" },
    ],
    [
      "text for a number",
      "server:\n  port: 'eighty'",
      { line: 2, column: 9, key: "server.port", message: "must be a whole number, and is text." },
    ],
    [
      "a fraction for a whole number",
      "max_connections: 1.5",
      { line: 1, message: "must be a whole number, and is a number." },
    ],
    [
      "a limit without end",
      "budgets: {per_day: .inf}",
      { line: 1, message: "must be a number, and is infinite or not a number." },
    ],
    [
      "text for a boolean",
      "cors_enabled: maybe",
      { line: 1, message: "must be true or false, and is text." },
    ],
    [
      "a number for text",
      "mcp_api_key: 12345678901234567890",
      { line: 1, message: "must be text, and is a whole number.", hint: "Put it in quotes." },
    ],
    [
      "a value for a mapping",
      "server: 5",
      {
        line: 1,
        key: "server",
        message: "must be a mapping of keys to values, and is a whole number.",
      },
    ],
    [
      "a list for a mapping",
      "server: [1]",
      { line: 1, key: "server", message: "must be a mapping of keys to values, and is a list." },
    ],
    [
      "a mapping for a list",
      "llm_providers: {id: a}",
      { line: 1, message: "must be a list, and is a mapping." },
    ],
    [
      "a port out of range",
      "server: {port: 70000}",
      { line: 1, key: "server.port", message: "must be at most 65535." },
    ],
    [
      "two services on one port",
      "bridge: {port: 8080}",
      { key: "bridge.port", line: 1, message: "is 8080, which is also server.port." },
    ],
    ["a wrong choice", "routing: {strategy: latancy}", { line: 1, hint: "Did you mean latency?" }],
    [
      "an unknown provider type",
      provider().replace("ollama", "opanai"),
      { line: 3, key: "llm_providers[0].provider_type", hint: "Did you mean openai?" },
    ],
    [
      "a missing required key",
      "llm_providers:\n  - provider_type: ollama\n    models: [{model_id: m, task: embedding}]",
      {
        line: 2,
        key: "llm_providers[0].id",
        message: "is missing.",
        hint: "Add it there, or set SEKHA__LLM_PROVIDERS__0__ID.",
      },
    ],
    [
      "no model",
      provider().replace(model, ""),
      { line: 4, key: "llm_providers[0].models", message: "must have at least one entry." },
    ],
    [
      "an invalid URL",
      provider("    base_url: localhost:11434"),
      { line: 5, message: "must be an http or https URL such as http://localhost:11434." },
    ],
    [
      "a URL with a query, which would be lost",
      provider("    base_url: http://localhost:11434/?key=1"),
      { key: "llm_providers[0].base_url", message: /after \? or #, which is not sent/ },
    ],
    [
      "an unknown database",
      "database_url: mysql://h/d",
      {
        line: 1,
        key: "database_url",
        message: "has an unknown scheme: use sqlite://FILE or postgresql://USER@HOST/DATABASE.",
      },
    ],
    [
      "a password that breaks the address of the database",
      'database_url: "postgresql://me:pass#word@host/db"',
      { line: 1, key: "database_url", message: /in a password write .* # as .* %23\.$/ },
    ],
    [
      "a wrong size",
      "body_limits: {proxy: 3 parsecs}",
      {
        line: 1,
        key: "body_limits.proxy",
        message: 'must be a size such as "10 MB" or a number of bytes.',
      },
    ],
    [
      "a dimension of nothing",
      provider().replace("task: embedding", "task: embedding, dimension: 0"),
      { line: 4, key: "llm_providers[0].models[0].dimension", message: "must be more than 0." },
    ],
    [
      "a wrong task name",
      provider().replace("embedding", "'My Task'"),
      {
        line: 4,
        key: "llm_providers[0].models[0].task",
        message: "must be a task name: lower-case letters, digits, _ and -.",
      },
    ],
    [
      "a default model nobody has",
      provider("default_models:", "  embedding: mm"),
      { line: 6, key: "default_models.embedding", hint: "Did you mean m?" },
    ],
    [
      "a default model of the wrong task",
      provider("default_models: {chat_smart: m}"),
      { line: 5, message: "names a model for the wrong task: it is configured for embedding." },
    ],
    [
      "a provider id twice",
      `${provider()}\n  - {id: a, provider_type: ollama, models: [${model}]}`,
      { line: 5, key: "llm_providers[1].id" },
    ],
    [
      "a routing provider nobody has",
      provider("routing: {providers: [b]}"),
      { line: 5, key: "routing.providers[0]" },
    ],
    [
      "an OpenAI-compatible server without address",
      provider().replace("ollama", "litellm"),
      { line: 2, key: "llm_providers[0].base_url" },
    ],
    [
      "the same key in two spellings",
      "server: {port: 1}\nserver_port: 2",
      {
        line: 2,
        column: 1,
        key: "server_port",
        message: "says the same as server.port, which is also given.",
      },
    ],
    ["a key of the language", "__proto__: {a: 1}", { line: 1, message: "is not a known key." }],
  ] as const)("%s", (_, yaml, expected) => {
    const problems = problemsOf(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ file: "/work/config.yaml", ...expected });
  });
});

describe("mistakes in YAML itself", () => {
  test.each([
    ["a tab", "server:\n\tport: 1", 2, "tab"],
    ["a missing quote", "a: 'x\nb: 2", 2, "missing"],
    ["wrong indentation", "server:\n    port: 1\n  host: x", 3, ""],
    ["a key twice", "log_level: info\nlog_level: warn", 2, "already written"],
    ["an unknown anchor", "log_level: *none", 1, "anchor"],
    ["two documents", "log_level: info\n---\nlog_level: warn", 2, "second YAML document"],
    ["a list at the top", "- a", 1, "must be a mapping"],
    ["a mapping as key", "{a: 1}: 2", 1, "plain text"],
    ["a merge of a text", "<<: text", 1, "must name a mapping"],
  ])("%s is explained with its line", (...[, yaml, line, text]) => {
    const [problem] = problemsOf(yaml);
    expect(problem).toMatchObject({ file: "/work/config.yaml", line });
    expect(problem?.message).toContain(text);
  });

  test("anchors and merge keys work", () => {
    const config = load(
      [
        "llm_providers:",
        "  - &base {id: a, provider_type: ollama, timeout_secs: 9, models: [{model_id: m, task: embedding}]}",
        "  - {<<: *base, id: b, models: [{model_id: n, task: chat_smart}]}",
      ].join("\n"),
    );
    expect(config.llmProviders.map(({ id, timeoutSecs }) => [id, timeoutSecs])).toEqual([
      ["a", 9],
      ["b", 9],
    ]);
  });

  test("anchors that blow up or contain themselves are refused", () => {
    const bomb = ["a: &a [1,1,1,1,1,1,1,1,1,1]"];
    for (const [name, of] of ["ba", "cb", "dc", "ed", "fe"]) {
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${of}`).join()}]`);
    }
    expect(problemsOf(bomb.join("\n"))[0]?.message).toContain("repeats too much");
    expect(problemsOf("services: &s [*s]")[0]?.message).toContain("nested too deeply");
  });

  test("absurd nesting and sizes are refused", () => {
    expect(problemsOf(`services: ${"[".repeat(60)}${"]".repeat(60)}`)[0]?.message).toContain(
      "nested",
    );
    expect(problemsOf(`services: ${"[".repeat(50_000)}`)).not.toEqual([]);
    expect(problemsOf("#".repeat(5_000_000))[0]?.message).toContain("larger than 1 MB");
  });
});

describe("mistakes in the environment", () => {
  test.each([
    [
      "an unknown variable",
      { SEKHA__SERVER__PROT: "1" },
      { variable: "SEKHA__SERVER__PROT", hint: "Did you mean SEKHA__SERVER__PORT?" },
    ],
    [
      "an unknown joined name",
      { SEKHA__SERVERPORT: "1" },
      { hint: "Did you mean SEKHA__SERVER_PORT?" },
    ],
    [
      "a word for a number",
      { SEKHA__SERVER__PORT: "http" },
      {
        key: "server.port",
        variable: "SEKHA__SERVER__PORT",
        message: "must be a whole number, and is text.",
      },
    ],
    [
      "a word for a boolean",
      { AUTO_INJECT_CONTEXT: "perhaps" },
      { variable: "AUTO_INJECT_CONTEXT", message: "must be true or false, and is text." },
    ],
    [
      "broken JSON",
      { SEKHA__LLM_PROVIDERS: "[{" },
      {
        variable: "SEKHA__LLM_PROVIDERS",
        message: "must be JSON here: the key has parts of its own.",
      },
    ],
    ["a plain variable", { CHROMA_URL: "chroma" }, { key: "chroma_url", variable: "CHROMA_URL" }],
    [
      "a missing key of a provider",
      { SEKHA__LLM_PROVIDERS: '[{"id":"a","provider_type":"ollama"}]' },
      {
        key: "llm_providers[0].models",
        variable: "SEKHA__LLM_PROVIDERS",
        hint: "Set SEKHA__LLM_PROVIDERS__0__MODELS.",
      },
    ],
    [
      "an unknown service",
      { SEKHA_SERVICES: "controler" },
      { key: "services[0]", variable: "SEKHA_SERVICES", hint: "Did you mean controller?" },
    ],
  ])("%s is one problem that names the variable", (_, env, expected) => {
    const problems = problemsOf(undefined, env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject(expected);
  });

  test("a value that came through a reference names file, line and variable", () => {
    expect(problemsOf(`server:\n  port: \${MY_PORT}`, { MY_PORT: "many" })).toMatchObject([
      { file: "/work/config.yaml", line: 2, variable: "MY_PORT", key: "server.port" },
    ]);
  });
});

test("all problems come at once and read well", () => {
  const problems = problemsOf("server: {port: x}\nlog_levl: info\nrest_api_key: ${A}", {
    SEKHA__Q: "1",
  });
  expect(problems).toHaveLength(4);
  const error = new ConfigError(problems);
  const text = formatConfigError(error);
  expect(text).toContain("The configuration has 4 problems:");
  expect(text).toContain(
    "/work/config.yaml:2:1\n    log_levl is not a known key.\n    Did you mean log_level?",
  );
  expect(text).toContain("/work/config.yaml:3:15 (environment variable A)");
  expect(text).not.toContain("\u001b[");
  expect(formatConfigError(error, { color: true })).toContain("\u001b[31m");
  expect(error.message).toContain("(and 3 more)");
});

test("a file of nothing but mistakes lists a hundred and counts the rest", () => {
  const yaml = Array.from({ length: 150 }, (_, index) => `wrong_key_${index}: 1`).join("\n");
  const problems = problemsOf(yaml);
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)).toEqual({ message: "There are 50 more problems." });
});

test("doubtful but possible things are warnings", () => {
  const config = load(
    [
      "llm_providers:",
      "  - {id: a, provider_type: openai, models: [{model_id: m, task: embeding}, {model_id: c, task: chat_smart}]}",
      "default_models: {chat_small: c}",
    ].join("\n"),
  );
  expect(config.warnings.map(({ key, hint }) => [key, hint])).toEqual([
    ["llm_providers[0].api_key", "Add `api_key: ${OPENAI_API_KEY}`."],
    ["llm_providers[0].models[0].task", "Did you mean embedding?"],
    ["default_models.chat_small", undefined],
  ]);
});
