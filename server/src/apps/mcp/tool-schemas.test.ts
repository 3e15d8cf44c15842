import { Ajv2020 } from "ajv/dist/2020.js";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import {
  type FunctionTool,
  freeFormObjects,
  PROVIDERS,
  plainProblems,
  type Schema,
  strictProblems,
  strictVersion,
} from "../../../../test/support/function-schemas.ts";
import { createMcpFace } from "./mcp-face.ts";
import { toolInputSchema, withoutNulls } from "./tool-schemas.ts";
import { MEMORY_TOOL_NAMES } from "./tools/memory-tools.ts";

const face = () =>
  createMcpFace({
    memoryOf: () => {
      throw new Error("No memory is asked to list tools.");
    },
    bodyLimit: 1000,
    onRefused: () => undefined,
  });

const TOOLS = face().tools() as (FunctionTool & { outputSchema: Schema })[];

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))("%s", (name, tool) => {
  test("is a function to OpenAI, Anthropic and Gemini as it stands [req:mcp.model-schemas]", () => {
    expect(plainProblems(tool)).toEqual([]);
    const ajv = new Ajv2020({ strict: true, strictTypes: false, validateFormats: false });
    expect(() => ajv.compile(tool.inputSchema)).not.toThrow();
    expect(() => ajv.compile(tool.outputSchema)).not.toThrow();
  });

  test.each(PROVIDERS)(
    "keeps to the strict rules of %s once its SDK's rewriting was done [req:mcp.model-schemas]",
    (provider) => {
      const strict = strictVersion(provider, tool.inputSchema);
      expect(strictProblems(provider, strict)).toEqual([]);
    },
  );

  test("loses nothing to strictness but the free-form metadata of messages [req:mcp.model-schemas]", () => {
    const messages = name === "memory_store" || name === "memory_append";
    expect(freeFormObjects(tool.inputSchema)).toEqual(messages ? [".messages.[].metadata"] : []);
  });
});

test("the strict rules refuse what they must [req:mcp.model-schemas]", () => {
  const loose: Schema = {
    type: "object",
    properties: {
      limit: { type: "integer", minimum: 1, default: 10 },
      at: { type: "string", format: "x" },
    },
  };
  expect(strictProblems("openai", loose)).toEqual([
    ": an open object",
    ".limit: not required",
    ".at: not required",
    ".limit: default",
    ".at: x",
  ]);
  expect(strictProblems("anthropic", loose)).toContain(".limit: minimum");
  expect(strictProblems("gemini", loose)).toEqual([".at: x"]);
  expect(plainProblems({ name: "a b", inputSchema: { type: "array" } })).toHaveLength(5);
});

test("null stands for absent, except in metadata [req:mcp.old-arguments]", async () => {
  expect(withoutNulls({ a: null, metadata: { b: null }, list: [{ c: null, d: 1 }] })).toEqual({
    metadata: { b: null },
    list: [{ d: 1 }],
  });
  const { validate } = toolInputSchema("memory_search")["~standard"];
  expect(await validate({ query: "key", limit: null, filter_labels: null })).toEqual({
    value: { query: "key", limit: 10, offset: 0 },
  });
});

test("the list is the same every time, and small [req:mcp.small-list]", () => {
  expect(JSON.stringify(face().tools())).toBe(JSON.stringify(TOOLS));
  const forModels = TOOLS.map(({ name, description, inputSchema }) => ({
    name,
    description,
    inputSchema,
  }));
  // What a client puts into the prompt; o200k_base.
  expect(encode(JSON.stringify(forModels)).length).toBeLessThan(3500);
  expect(MEMORY_TOOL_NAMES).toHaveLength(12);
});
