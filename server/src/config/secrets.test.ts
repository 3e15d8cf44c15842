import { describe, expect, test } from "vitest";
import { load, problemsOf } from "./__fixtures__/loading.ts";
import { redactConfig } from "./redact-config.ts";

const secret = "sk-very-secret-0123456789";

describe("redactConfig", () => {
  test("hides every secret and keeps the rest", () => {
    const config = load(
      `
mcp_api_key: ${secret}-1
rest_api_key: ${secret}-2
additional_api_keys: [${secret}-3]
bridge_api_key: ${secret}-4
proxy_api_key: ${secret}-5
controller_api_key: ${secret}-6
chroma_auth_token: ${secret}-7
database_url: postgresql://me:${secret}@host/db
llm_providers:
  - id: a
    provider_type: litellm
    base_url: http://me:${secret}@host:4000/v1
    api_key: ${secret}-8
    api_keys: [${secret}-9]
    headers: {x-any: ${secret}-10}
    provider_specific: {deep: {auth_token: ${secret}-11}, seed: 4}
    models: [{model_id: m, task: embedding, provider_specific: {secret: ${secret}}}]
`,
    );
    const printed = redactConfig(config);
    expect(JSON.stringify(printed)).not.toContain(secret);
    expect(printed).toMatchObject({
      mcpApiKey: "***",
      additionalApiKeys: ["***"],
      databaseUrl: "postgresql://me:***@host/db",
      restApiKey: "***",
      server: { port: 8080 },
      llmProviders: [{ id: "a", apiKey: "***", providerSpecific: { seed: 4 } }],
    });
  });
});

test("a secret in the query of a URL is hidden, what is none stays", () => {
  const yaml = `database_url: "postgresql://me@host/db?sslmode=require&password=${secret}&x=1"`;
  expect(redactConfig(load(yaml)).databaseUrl).toBe(
    "postgresql://me@host/db?sslmode=require&password=***&x=1",
  );
});

test.each([
  ["a key in the place of a choice", `log_level: ${secret}`],
  ["a key in the place of a number", `server: {port: ${secret}}`],
  ["a key in the place of a URL", `chroma_url: ${secret}`],
  ["a password in a URL of unknown scheme", `database_url: mysql://me:${secret}@h/d`],
  ["a password that breaks its URL", `database_url: "postgresql://me:${secret}#1@h/d"`],
  ["a secret in broken YAML", `rest_api_key: "${secret}\nlog_level: [`],
  ["a secret after a missing space", `rest_api_key:${secret}`],
  ["a secret under an unknown key", `openai_key: ${secret}`],
  ["a key that is a mapping", `rest_api_key: {value: ${secret}}`],
  ["a weak key", `server: {host: 0.0.0.0}\nrest_api_key: sk-short-1234`],
  ["a secret as default of a broken reference", `rest_api_key: \${A-${secret}}`],
])("no error shows %s", (_, yaml) => {
  const text = JSON.stringify(problemsOf(yaml));
  expect(text).not.toContain(secret);
  expect(text).not.toContain("sk-short");
});

test.each([
  ["SEKHA__LLM_PROVIDERS", `[{"api_key":"${secret}"`],
  ["SEKHA__SERVER__PORT", secret],
  ["SEKHA__UNKNOWN_KEY", secret],
  ["SEKHA__REST_API_KEY__X", secret],
])("no error shows the value of %s", (variable, value) => {
  expect(JSON.stringify(problemsOf("", { [variable]: value }))).not.toContain(secret);
});

test("a secret that is used as a name elsewhere is hidden in messages", () => {
  const yaml = `rest_api_key: ${secret}\nllm_providers:
  - {id: a, provider_type: ollama, models: [{model_id: m, task: embedding}]}
default_models: {"${secret.replaceAll("-", "_")}": m, embedding: ${secret}}`;
  expect(JSON.stringify(problemsOf(yaml))).not.toContain(secret);
});
