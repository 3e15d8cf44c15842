import { z } from "zod";
import { childSchema, isTextList, schemaFacts } from "./schema-walk.ts";
import type { ListNode, MapNode, ScalarNode, SourceNode } from "./source-node.ts";

const truths = new Set(["true", "yes", "on", "1"]);
const falsehoods = new Set(["false", "no", "off", "0"]);

/**
 * A node as plain data for the schema. Text that came through the environment becomes the number,
 * boolean or list that the schema wants, where it can be read as one; a key without a value is
 * left out, as if it were not written.
 */
export function plainValue(node: SourceNode, schema: z.ZodType | undefined): unknown {
  if (node.kind === "map") return plainMap(node, schema);
  if (node.kind === "list") return plainList(node, schema);
  return plainScalar(node, schema);
}

function plainMap(node: MapNode, schema: z.ZodType | undefined): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, entry] of node.entries) {
    const child = schema && childSchema(schema, key);
    const unset = entry.node.kind === "scalar" && entry.node.value === null;
    if (unset && child?.def.type !== "unknown") continue;
    Object.defineProperty(result, key, {
      value: plainValue(entry.node, child),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

function plainList(node: ListNode, schema: z.ZodType | undefined): unknown[] {
  return node.items.map((item, index) =>
    plainValue(item, schema && childSchema(schema, String(index))),
  );
}

function plainScalar({ value, loose }: ScalarNode, schema: z.ZodType | undefined): unknown {
  if (typeof value !== "string" || schema === undefined) return value;
  const { core } = schemaFacts(schema);
  if (core instanceof z.ZodEnum) return enumOption(core, value) ?? value;
  if (!loose) return value;
  if (core instanceof z.ZodNumber) return readNumber(value);
  if (core instanceof z.ZodBoolean) return readBoolean(value);
  if (core instanceof z.ZodArray && isTextList(core)) return readList(value, core);
  return value;
}

function enumOption(schema: z.ZodEnum, value: string): unknown {
  return schema.options.find((option) => option === value.trim().toLowerCase());
}

function readNumber(text: string): string | number {
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? text : number;
}

function readBoolean(text: string): string | boolean {
  const word = text.trim().toLowerCase();
  if (truths.has(word)) return true;
  return falsehoods.has(word) ? false : text;
}

function readList(text: string, schema: z.ZodArray): unknown[] {
  const items = text.split(",").map((item) => item.trim());
  const item = schemaFacts(schema.element as z.ZodType).core;
  return items
    .filter((value) => value !== "")
    .map((value) => (item instanceof z.ZodEnum ? (enumOption(item, value) ?? value) : value));
}
