/**
 * What OpenAI, Anthropic and Gemini take as the schema of a function, as their documents say it in November 2026. None
 * takes every JSON Schema in its strict mode, and their own SDKs rewrite schemas for it; the same rewriting stands here.
 *
 * - OpenAI: platform.openai.com/docs/guides/structured-outputs, "Supported schemas"
 * - Anthropic: platform.claude.com/docs/en/build-with-claude/structured-outputs, "JSON Schema limitations"
 * - Gemini: ai.google.dev/api/caching, "FunctionDeclaration" and "Schema"
 */

export interface Schema {
  [keyword: string]: unknown;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  additionalProperties?: unknown;
}

export interface FunctionTool {
  name: string;
  description?: string | undefined;
  inputSchema: Schema;
}

interface Rules {
  name: RegExp;
  /** Every keyword of the strict mode. */
  keywords: readonly string[];
  /** Of strings. */
  formats: readonly string[];
  /** Levels of objects and lists. */
  depth: number;
  /** Every property must be named as required. */
  allRequired: boolean;
  /** Every object must be closed. */
  closed: boolean;
}

const SHARED = ["type", "description", "properties", "required", "items", "enum", "anyOf"];
const FORMATS = [
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uuid",
];

const RULES = {
  openai: {
    name: /^[a-zA-Z0-9_-]{1,64}$/,
    keywords: [
      ...SHARED,
      ...["additionalProperties", "const", "pattern", "format", "multipleOf", "$defs", "$ref"],
      ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"],
    ],
    formats: FORMATS,
    depth: 10,
    allRequired: true,
    closed: true,
  },
  anthropic: {
    name: /^[a-zA-Z0-9_-]{1,64}$/,
    keywords: [
      ...SHARED,
      ...[
        "additionalProperties",
        "const",
        "allOf",
        "default",
        "format",
        "pattern",
        "$defs",
        "$ref",
      ],
    ],
    formats: [...FORMATS, "uri"],
    depth: Number.POSITIVE_INFINITY,
    allRequired: false,
    closed: true,
  },
  gemini: {
    name: /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/,
    keywords: [
      ...SHARED,
      ...["format", "title", "nullable", "default", "example", "propertyOrdering", "pattern"],
      ...["minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength"],
      ...["minimum", "maximum"],
    ],
    formats: ["enum", "date-time"],
    depth: Number.POSITIVE_INFINITY,
    allRequired: false,
    closed: false,
  },
} as const satisfies Record<string, Rules>;

export type Provider = keyof typeof RULES;

export const PROVIDERS = Object.keys(RULES) as readonly Provider[];

/** Without `strict`: any JSON Schema of an object; name and description have limits. */
export function plainProblems({ name, description = "", inputSchema }: FunctionTool): string[] {
  const problems = PROVIDERS.flatMap((provider) =>
    RULES[provider].name.test(name) ? [] : [`${provider}: the name ${name}`],
  );
  if (description.length === 0 || description.length > 1024) {
    problems.push(`openai: a description of ${description.length} characters`);
  }
  if (inputSchema.type !== "object") problems.push("the root is no object");
  if (JSON.stringify(inputSchema).includes('"$ref"')) problems.push("gemini: a reference");
  return problems;
}

/** What the strict mode of a provider would refuse. */
export function strictProblems(provider: Provider, schema: Schema): string[] {
  if (schema.type !== "object" || schema.anyOf !== undefined) return ["the root is no object"];
  return problemsOf(RULES[provider], schema, { path: "", depth: 1 });
}

function problemsOf(rules: Rules, schema: Schema, at: { path: string; depth: number }): string[] {
  const { path, depth } = at;
  const unknown = Object.keys(schema).filter((keyword) => !rules.keywords.includes(keyword));
  const { format } = schema;
  return [
    ...unknown.map((keyword) => `${path}: ${keyword}`),
    ...(depth > rules.depth ? [`${path}: deeper than ${rules.depth}`] : []),
    ...(typeof format === "string" && !rules.formats.includes(format)
      ? [`${path}: ${format}`]
      : []),
    ...objectProblems(rules, schema, path),
    ...childrenOf(schema).flatMap(([name, child]) =>
      problemsOf(rules, child, { path: `${path}.${name}`, depth: depth + 1 }),
    ),
  ];
}

function objectProblems(rules: Rules, schema: Schema, path: string): string[] {
  if (![schema.type].flat().includes("object")) return [];
  const names = Object.keys(schema.properties ?? {});
  const open = rules.closed && schema.additionalProperties !== false;
  const missing = names.filter((name) => !(schema.required ?? []).includes(name));
  return [
    ...(open ? [`${path}: an open object`] : []),
    // Gemini refuses an object of which nothing is said.
    ...(names.length === 0 ? [`${path}: an object without properties`] : []),
    ...(rules.allRequired ? missing.map((name) => `${path}.${name}: not required`) : []),
  ];
}

function childrenOf(schema: Schema): [string, Schema][] {
  return [
    ...Object.entries(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [["[]", schema.items] as [string, Schema]]),
    ...(schema.anyOf ?? []).map((one, index) => [`anyOf${index}`, one] as [string, Schema]),
  ];
}

/**
 * The schema rewritten for the strict mode as the providers' SDKs do: keywords that it does not know go, objects are
 * closed, and for OpenAI what is optional may be null instead. An object of any keys cannot be said strictly and goes.
 */
export function strictVersion(provider: Provider, schema: Schema): Schema {
  const rules: Rules = RULES[provider];
  const kept = Object.entries(schema).filter(([keyword]) => rules.keywords.includes(keyword));
  const strict: Schema = Object.fromEntries(kept);
  if (schema.items !== undefined) strict.items = strictVersion(provider, schema.items);
  if (schema.properties === undefined) return strict;
  const known = Object.entries(schema.properties).filter(([, one]) => !isFreeForm(one));
  const required = schema.required ?? [];
  strict.properties = Object.fromEntries(
    known.map(([name, one]) => {
      const child = strictVersion(provider, one);
      const isOptional = rules.allRequired && !required.includes(name);
      return [name, isOptional ? nullable(child) : child];
    }),
  );
  strict.required = rules.allRequired ? known.map(([name]) => name) : required;
  if (rules.closed) strict.additionalProperties = false;
  return strict;
}

/** Paths of what a strict mode cannot say. */
export function freeFormObjects(schema: Schema, path = ""): string[] {
  if (path !== "" && isFreeForm(schema)) return [path];
  return childrenOf(schema).flatMap(([name, child]) => freeFormObjects(child, `${path}.${name}`));
}

function isFreeForm(schema: Schema): boolean {
  return schema.type === "object" && Object.keys(schema.properties ?? {}).length === 0;
}

function nullable(schema: Schema): Schema {
  const type = [schema.type ?? []].flat();
  const values = schema.enum;
  return {
    ...schema,
    type: [...type, "null"],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  };
}
