import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import { MEMORY_TOOL_INPUTS, MEMORY_TOOL_OUTPUTS, type MemoryToolName } from "@sekha/sdk/contract";
import { z } from "zod";
import { isSekhaError } from "../../core/errors.ts";
import { parse } from "../../http/validation.ts";
import { NOTICE } from "./quoted-text.ts";
import { toolNamed } from "./tools/memory-tools.ts";

/** What a model may send: nothing but what is named, since a misspelt argument would be ignored silently. */
export function toolInputSchema(name: MemoryToolName): StandardSchemaWithJSON {
  const schema = MEMORY_TOOL_INPUTS[name].strict();
  const standard = schema["~standard"] as unknown as StandardSchemaWithJSON["~standard"];
  return {
    "~standard": {
      ...standard,
      vendor: "sekha",
      validate: (value: unknown) => {
        const known = Object.keys(schema.shape);
        const unknown = Object.keys(value ?? {}).filter((key) => !known.includes(key));
        if (unknown.length > 0) return { issues: [{ message: unknownArguments(unknown, known) }] };
        try {
          return { value: parse(schema, withoutNulls(value)) };
        } catch (error) {
          if (!isSekhaError(error)) throw error;
          return { issues: [{ message: withDetails(error) }] };
        }
      },
    },
  };
}

/** What a model is answered, with the warning where stored text is in it. */
export function toolOutputSchema(name: MemoryToolName): z.ZodObject {
  const data: z.ZodObject = MEMORY_TOOL_OUTPUTS[name];
  return toolNamed(name).quotesStoredText ? data.extend({ notice: z.string() }) : data;
}

/** `structuredContent` for these data. */
export function structuredContent(name: MemoryToolName, data: object): Record<string, unknown> {
  return { ...data, ...(toolNamed(name).quotesStoredText ? { notice: NOTICE } : {}) };
}

/** Null stands for absent: schemas made strict for OpenAI name every argument as required. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(
    kept.map(([key, one]) => [key, key === "metadata" ? one : withoutNulls(one)]),
  );
}

function unknownArguments(unknown: readonly string[], known: readonly string[]): string {
  return `There is no argument ${unknown.join(", ")}. Arguments: ${known.join(", ")}.`;
}

function withDetails({
  message,
  details,
}: {
  message: string;
  details: { path: string; message: string }[];
}) {
  if (details.length < 2) return message;
  return details
    .map((one) => (one.path === "" ? one.message : `${one.path}: ${one.message}`))
    .join("; ");
}
