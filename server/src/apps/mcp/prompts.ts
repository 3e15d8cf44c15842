import { completable, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { catchUpText } from "./catch-up.ts";
import type { ServedMemory } from "./tool.ts";
import { guarded } from "./tool-failure.ts";

const PERIODS = ["1d", "3d", "7d", "2w", "30d"];
const COMPLETIONS = 50;

/** What a person picks from a menu: recall, catch up, save. */
export function registerPrompts(server: McpServer, memory: ServedMemory): void {
  registerRecall(server, memory);
  registerCatchUp(server, memory);
  registerSaveThis(server, memory);
}

function registerRecall(server: McpServer, { client, logFailure }: ServedMemory): void {
  server.registerPrompt(
    "recall",
    {
      title: "Recall",
      description: "Answer a question from what is stored.",
      argsSchema: z.object({ question: z.string().min(1).describe("What to recall.") }),
    },
    ({ question }) =>
      guarded("recall", logFailure, async () => {
        const { assembled_context: context } = await client.context.assemble({ query: question });
        const known =
          context === ""
            ? "The memory holds nothing about it: say so, and do not guess."
            : `${context}\n\nAnswer from these passages, name the conversations you rely on, and say what they leave open.`;
        return asUser(`${question}\n\n${known}`);
      }),
  );
}

function registerCatchUp(server: McpServer, { client, logFailure }: ServedMemory): void {
  const since = completable(
    z.string().describe("How far back: 1d, 2w, 12h, or a date such as 2026-01-25; 7d when absent."),
    (value) => PERIODS.filter((period) => period.startsWith(value)),
  );
  server.registerPrompt(
    "catch-up",
    {
      title: "Catch up",
      description: "What happened since: decisions, open points, what to do next.",
      argsSchema: z.object({ since: since.optional() }),
    },
    ({ since: from }) =>
      guarded("catch-up", logFailure, async () => asUser(await catchUpText(client, from ?? "7d"))),
  );
}

function registerSaveThis(server: McpServer, { client }: ServedMemory): void {
  const folder = completable(z.string().describe("Where to put it."), async (value) => {
    const { folders } = await client.folders();
    return folders
      .map(({ name }) => name)
      .filter((name) => name.startsWith(value))
      .slice(0, COMPLETIONS);
  });
  server.registerPrompt(
    "save-this",
    {
      title: "Save this",
      description: "Store the present conversation, or one part of it.",
      argsSchema: z.object({
        about: z.string().optional().describe("The part to save; all of it when absent."),
        folder: folder.optional(),
      }),
    },
    ({ about, folder: where }) =>
      asUser(
        [
          about === undefined
            ? "Save this conversation to memory with memory_store."
            : `Save what we said about "${about}" to memory with memory_store.`,
          "Use the real turns in their order, with their roles; leave out small talk and secrets such as passwords and keys.",
          "Choose a short label that names the subject.",
          where === undefined
            ? "Put it into a fitting folder that exists (memory_stats lists them)."
            : `Put it into the folder ${where}.`,
          "If it goes on with something stored before, use memory_append instead. Tell me the label and the id.",
        ].join(" "),
      ),
  );
}

function asUser(text: string) {
  return { messages: [{ role: "user" as const, content: { type: "text" as const, text } }] };
}
