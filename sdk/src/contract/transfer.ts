import { z } from "zod";
import { conversationFilterQuery } from "./conversations.ts";
import { flagParameter, folder } from "./values.ts";

export const importQuery = z.object({
  folder: folder.optional().meta({ description: "Store below this folder instead of /imports/…." }),
  filename: z.string().max(500).optional().meta({ description: "Name to report and to label by." }),
  wait: flagParameter
    .optional()
    .meta({ description: "true (default): answer when done. false: 202 with a job id." }),
});

export const importReport = z
  .object({
    created: z.number(),
    extended: z.number().meta({ description: "Known conversations that had new messages." }),
    unchanged: z.number().meta({ description: "Already there; nothing done." }),
    messages: z.number().meta({ description: "Messages stored." }),
    refused: z.array(z.object({ location: z.string(), title: z.string(), reason: z.string() })),
    refused_total: z.number(),
  })
  .meta({ id: "ImportReport" });

export const exportQuery = z.object({
  ...conversationFilterQuery,
  format: z.enum(["jsonl", "json", "markdown", "md"]).optional(),
  conversation_id: z.string().max(100).optional(),
});

export type ImportReport = z.infer<typeof importReport>;
export type ExportQuery = z.infer<typeof exportQuery>;
