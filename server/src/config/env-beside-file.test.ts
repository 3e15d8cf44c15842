import { describe, expect, test } from "vitest";
import { load, reader } from "./__fixtures__/loading.ts";
import { checkConfigText } from "./check-config-text.ts";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

const yaml = `rest_api_key: \${REST_API_KEY}
log_level: \${LEVEL:-info}
`;

function loadBeside(envFile: string, env: Record<string, string> = {}) {
  const files = { "/work/config.yaml": yaml, "/work/.env": envFile };
  const readFile = reader(new Map(Object.entries(files)));
  return loadConfig({ env, cwd: "/work", homeDirectory: "/home/me", readFile });
}

describe("a reference to a variable", () => {
  test("is found in .env beside the file when the environment lacks it [req:migrate.secrets-stay]", () => {
    const { restApiKey, logLevel } = loadBeside(
      'export REST_API_KEY="test-key of sixteen"\nLEVEL=warn\n',
    );
    expect({ restApiKey, logLevel }).toEqual({
      restApiKey: "test-key of sixteen",
      logLevel: "warn",
    });
  });

  test("is taken from the environment first; an empty variable there counts as none", () => {
    const envFile = "REST_API_KEY=test-key-from-file\nLEVEL=warn\n";
    const config = loadBeside(envFile, { REST_API_KEY: "test-key-from-environment", LEVEL: "" });
    expect(config).toMatchObject({ restApiKey: "test-key-from-environment", logLevel: "warn" });
  });

  test("is an error that names it when it is nowhere", () => {
    expect(() => loadBeside("OTHER=1\n")).toThrow(/REST_API_KEY, which is not set/);
  });

  test("is an error of .env with its line when that cannot be read", () => {
    expect(() => loadBeside("A=1\nREST_API_KEY=it's\n")).toThrow(ConfigError);
    const files = new Map([["/work/.env", "A=1\nREST_API_KEY=it's\n"]]);
    const { errors } = checkConfigText(
      yaml,
      {},
      { file: "/work/config.yaml", readFile: reader(files) },
    );
    expect(errors).toEqual([
      { file: "/work/.env", line: 2, message: "the quote that opens here is never closed." },
    ]);
  });
});

test("nothing but references is taken from .env", () => {
  expect(
    loadBeside("REST_API_KEY=test-key-of-sixteen\nLOG_FORMAT=json\nSEKHA__LOG_LEVEL=fatal\n"),
  ).toMatchObject({
    logFormat: "text",
    logLevel: "info",
  });
});

test("a relative database in the environment is relative to the working directory, as in v1", () => {
  const database = (yaml: string, env: Record<string, string>) => load(yaml, env).databaseUrl;
  expect(database("", { DATABASE_URL: "sqlite://data/sekha.db?mode=rwc" })).toBe(
    "sqlite:///work/data/sekha.db?mode=rwc",
  );
  expect(database("", { SEKHA__DATABASE_URL: "sqlite:old.db" })).toBe("sqlite:/work/old.db");
  expect(database("", { DATABASE_URL: "sqlite:///data/sekha.db" })).toBe("sqlite:///data/sekha.db");
  expect(database("", { DATABASE_URL: "postgresql://me@host/db" })).toBe("postgresql://me@host/db");
  expect(database("data_directory: data\ndatabase_url: sqlite://own.db", {})).toBe(
    "sqlite://own.db",
  );
});
