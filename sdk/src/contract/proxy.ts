import { z } from "zod";
import { folder, label, line, wholeNumberValue } from "./values.ts";

/** What a request to the proxy may say of memory, beside its protocol's own fields; taken out before it goes on. */
const memoryFields = {
  conversation_id: line(500).nullish().meta({
    description:
      "The conversation that goes on: its id, or any name of the client's. Without it the history finds it.",
  }),
  folder: folder.nullish(),
  excluded_folders: z
    .array(folder)
    .max(1000)
    .nullish()
    .meta({ description: "Never recalled from, beside those of the configuration." }),
  preferred_labels: z.array(label).max(1000).nullish(),
  context_budget: wholeNumberValue(0, 1_000_000)
    .nullish()
    .meta({ description: "Most tokens of recalled memory in this prompt." }),
};

export const memoryOptions = z.object(memoryFields);
export type MemoryOptions = z.output<typeof memoryOptions>;

/** The body of a face with the fields of memory; `id` names it in OpenAPI. */
export function withMemoryFields(body: z.ZodObject, id: string) {
  return body.extend(memoryFields).meta({
    id,
    description: "As the protocol has it, and how memory is to be used; other fields pass through.",
  });
}

const check = z.looseObject({
  status: z.enum(["ok", "warning", "error"]),
  url: z.string().optional(),
  error: z.string().optional(),
});

export const proxyHealthOutput = z
  .object({
    status: z.enum(["healthy", "degraded", "unhealthy"]),
    version: z.string(),
    timestamp: z.string(),
    checks: z.object({ controller: check, llm: check, proxy: check }),
  })
  .meta({ id: "ProxyHealth" });
export type ProxyHealth = z.infer<typeof proxyHealthOutput>;

export const proxyInfoOutput = z
  .object({
    name: z.string(),
    version: z.string(),
    status: z.string(),
    features: z.array(z.string()),
    endpoints: z.record(z.string(), z.string()),
    config: z.object({
      bridge_url: z.string(),
      auto_inject_context: z.boolean(),
      context_budget: z.number(),
    }),
  })
  .meta({ id: "ProxyInfo" });

/** OpenAI's shape, with `detail` for clients of version 1. */
export const proxyErrorOutput = z
  .looseObject({
    error: z.looseObject({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
    detail: z.unknown().meta({ description: "The message again, as version 1 had it." }),
    request_id: z.string(),
  })
  .meta({ id: "ProxyError" });
