import type { Environment } from "../expand-variables.ts";
import { plainValue } from "../plain-value.ts";
import { legacyDefaults } from "../provider-mode.ts";
import { configSchema } from "../schema.ts";
import { schemaAt, schemaFacts } from "../schema-walk.ts";
import { withoutUrlPassword } from "../secrets.ts";
import {
  type MapNode,
  nodeAt,
  type Origin,
  originAt,
  type ScalarNode,
  type SourceNode,
} from "../source-node.ts";
import { knownModel } from "./known-models.ts";
import type { DataPlace } from "./v1-data-place.ts";
import { yamlLine, yamlValue } from "./yaml-lines.ts";

export interface MigratedConfig {
  yaml: string;
  /** Secrets of config.toml by the variable that config.yaml now refers to; they belong into .env. */
  newVariables: ReadonlyMap<string, string>;
  models: number;
  remarks: readonly string[];
}

interface MigrationInput {
  root: MapNode;
  place: DataPlace;
  /** What .env and the environment hold already. */
  variables: Environment;
}

/** v1's default key, published in its source, and the placeholder of its example. */
const knownKeys = /^(dev_default_key_change_me_1234567890$|change_?me)/i;

/** Written by hand below, or of no use in a file. */
const placed = new Set(
  "version services data_directory database_url ollama_url embedding_model summarization_model chat_model vision_model llm_providers default_models routing".split(
    " ",
  ),
);

const header = `# Made by \`sekha migrate config\` from the configuration of version 1.
# Every key: docs/reference/configuration.md. After a change: sekha config check
`;

const routing = `routing:
  enable_fallback: true
  cost_limit_per_request: 0.10
`;

/** The configuration of this version that does what v1's did, with a comment where each value is from. */
export function migratedConfig(input: MigrationInput): MigratedConfig {
  const writer = new ConfigWriter(input);
  const models = modelsOf(input.root);
  const providers = providersText(models, writer.address());
  const sections = [header, providers, routing, writer.data(), writer.everythingElse()];
  return {
    yaml: sections.filter((section) => section !== "").join("\n"),
    newVariables: writer.newVariables,
    models: models.length,
    remarks: writer.remarks,
  };
}

interface Model {
  id: string;
  tasks: string[];
}

function providersText(models: readonly Model[], address: string): string {
  const lines = [
    "llm_providers:",
    "  - id: ollama_migrated",
    "    provider_type: ollama",
    `    base_url: ${address}`,
    "    priority: 1",
    "    models:",
    ...models.flatMap(modelLines),
    "",
    "default_models:",
    ...models.flatMap(({ id, tasks }) => tasks.map((task) => `  ${yamlLine(task, id)}`)),
  ];
  return `${lines.join("\n")}\n`;
}

/** v1's models with their tasks; one that has several is listed once. */
function modelsOf(root: MapNode): Model[] {
  const small = textAt(root, "summarization_model") ?? textAt(root, "chat_model");
  const named: [task: string, id: string | undefined][] = [
    ["embedding", textAt(root, "embedding_model") ?? legacyDefaults.embeddingModel],
    ["chat_small", small ?? legacyDefaults.chatModel],
    ["chat_smart", textAt(root, "chat_model")],
    ["vision", textAt(root, "vision_model")],
  ];
  const models: Model[] = [];
  for (const [task, id] of named) {
    if (id === undefined) continue;
    const known = models.find((model) => model.id === id && task !== "embedding");
    if (known === undefined) models.push({ id, tasks: [task] });
    else known.tasks.push(task);
  }
  return models;
}

function modelLines({ id, tasks }: Model): string[] {
  const { contextWindow, dimension } = knownModel(id);
  const embeds = tasks.includes("embedding");
  const task = tasks.length === 1 ? tasks[0] : `[${tasks.join(", ")}]`;
  return [
    `      - ${yamlLine("model_id", id)}`,
    `        task: ${task}`,
    ...(contextWindow === undefined ? [] : [`        context_window: ${contextWindow}`]),
    ...(embeds && dimension !== undefined ? [`        dimension: ${dimension}`] : []),
    ...(tasks.includes("vision") ? ["        supports_vision: true"] : []),
  ];
}

/** Writes values, and keeps secrets out of the text. */
class ConfigWriter {
  readonly newVariables = new Map<string, string>();
  readonly remarks: string[] = [];
  readonly #input: MigrationInput;
  readonly #typed: unknown;

  constructor(input: MigrationInput) {
    this.#input = input;
    this.#typed = plainValue(input.root, configSchema);
  }

  /** Of Ollama. */
  address(): string {
    const node = nodeAt(this.#input.root, ["ollama_url"]);
    const value = node?.kind === "scalar" ? this.#scalar(node, ["ollama_url"]) : undefined;
    return `${value ?? legacyDefaults.url}  # ${comment(this.#input.root, "ollama_url")}`;
  }

  /** Where the memory is. */
  data(): string {
    const { root, place } = this.#input;
    const url = textAt(root, "database_url");
    const from = comment(root, "database_url");
    const lines = ["# What version 1 stored is read from here; its own files are never written."];
    if (url !== undefined && !/^sqlite:/i.test(url)) {
      lines.push("data_directory: data", ...this.#entry(["database_url"], ""));
    } else {
      lines.push(yamlLine("data_directory", place.dataDirectory, from));
      if (place.databaseUrl !== undefined) {
        lines.push(yamlLine("database_url", place.databaseUrl, from));
      }
    }
    if (nodeAt(root, ["chroma_url"]) === undefined) {
      lines.push("# chroma_url: http://localhost:8000  # only if version 1's ChromaDB still runs");
    }
    return `${lines.join("\n")}\n`;
  }

  everythingElse(): string {
    const lines = [...this.#input.root.entries.keys()]
      .filter((key) => !placed.has(key))
      .flatMap((key) => this.#entry([key], ""));
    return lines.length === 0 ? "" : `# The rest, as it was.\n${lines.join("\n")}\n`;
  }

  #entry(path: readonly string[], indent: string): string[] {
    const node = nodeAt(this.#input.root, path);
    const key = path.at(-1) ?? "";
    if (node === undefined) return [];
    if (node.kind === "map") {
      const parts = [...node.entries.keys()].flatMap((child) =>
        this.#entry([...path, child], `${indent}  `),
      );
      return parts.length === 0 ? [] : [`${indent}${key}:`, ...parts];
    }
    const text = node.kind === "list" ? this.#list(node.items, path) : this.#scalar(node, path);
    if (text === undefined) return [];
    // A reference says itself where its value is from.
    const isReference = text.includes("${") && isSecret(path, valueText(node));
    return [`${indent}${key}: ${text}${isReference ? "" : `  # From ${source(node.origin)}`}`];
  }

  #list(items: readonly SourceNode[], path: readonly string[]): string | undefined {
    if (!isSecret(path, "")) return yamlValue(valueAt(this.#typed, path));
    const texts = items.flatMap((item, index) =>
      item.kind === "scalar" ? (this.#scalar(item, [...path, String(index)]) ?? []) : [],
    );
    return texts.length === 0
      ? undefined
      : `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
  }

  #scalar(node: ScalarNode, path: readonly string[]): string | undefined {
    const value = String(node.value);
    if (!isSecret(path, value)) return yamlValue(valueAt(this.#typed, path));
    if (knownKeys.test(value)) {
      this.remarks.push(
        `${source(node.origin)}: the key of version 1's example protects nothing and is left out. Make one with \`sekha keys create NAME\`.`,
      );
      return undefined;
    }
    return `\${${node.origin.variable ?? this.#newVariable(path, value)}}`;
  }

  #newVariable(path: readonly string[], value: string): string {
    const { variables } = this.#input;
    const plain = path.map((part) => part.toUpperCase()).join("_");
    const isFree = (variables[plain] ?? value) === value;
    const name = isFree ? plain : `SEKHA_${plain}`;
    if (variables[name] !== value) this.newVariables.set(name, value);
    return name;
  }
}

/** Whether the value is a key or token, or an address with a password in it. */
function isSecret(path: readonly string[], value: string): boolean {
  const schema = schemaAt(configSchema, path);
  const item = schema && schemaAt(schema, ["*"]);
  const secret = [schema, item].some((one) => one !== undefined && schemaFacts(one).secret);
  return secret || withoutUrlPassword(value) !== value;
}

function valueText(node: SourceNode): string {
  return node.kind === "scalar" ? String(node.value) : "";
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key], value);
}

function textAt(root: MapNode, key: string): string | undefined {
  const node = nodeAt(root, [key]);
  return node?.kind === "scalar" && node.value !== null ? String(node.value) : undefined;
}

function comment(root: MapNode, key: string): string {
  const node = nodeAt(root, [key]);
  return node === undefined ? "version 1's default" : `From ${source(originAt(root, [key]))}`;
}

function source({ variable, file }: Origin): string {
  return variable ?? file ?? "version 1";
}
