import type { AssembledContextOutput, BridgeClient, ChatRequest } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { addBridgeOption, type BridgeOptions, withRunningBridge } from "../bridge-connection.ts";
import { usageError } from "../cli-error.ts";
import { interruptible } from "../interruption.ts";
import { formatDay } from "../quantities.ts";
import type { Session } from "../session.ts";
import { safeLine, safeText } from "../terminal-text.ts";
import { addContextOptions, type ContextOptions, contextRequest } from "./context.ts";

interface AskOptions extends ContextOptions, BridgeOptions {
  model?: string;
}

interface Answer {
  text: string;
  model: string | null;
  /** Numbers of quoted messages that the answer names. */
  cited: number[];
}

const INSTRUCTIONS = `Answer the user's question. What the user said in earlier conversations may be quoted below, as
numbered messages. Where your answer rests on one of them, name it by its number in square brackets, such as [2]. When
the quotes do not hold the answer, say so; never invent what the user said.`;

export function addAskCommand(program: Command, action: Action): void {
  const command = program
    .command("ask")
    .description("Ask a model a question that it answers from your memory, with citations.")
    .argument("<question...>", "what to ask")
    .option("--model <model>", "which model; the default chat model when absent");
  addBridgeOption(addContextOptions(command))
    .addHelpText(
      "after",
      `
Needs a chat model: \`sekha providers list\` shows which there are. Nothing is stored.

Examples:
  $ sekha ask "where did I put the spare key?"
  $ sekha ask "what did we decide about the roof?" --model gpt-4o-mini --exclude /private
`,
    )
    .action(action(ask));
}

async function ask(session: Session, words: string[], options: AskOptions): Promise<void> {
  const question = words.join(" ");
  if (question.trim() === "") throw usageError("The question is empty.", "Say what to ask.");
  await session.withMemory(async (memory) => {
    const context = await memory.client.context.assemble(contextRequest(question, options));
    const { assembled_context: quoted } = context;
    if (quoted === "") session.note("Nothing in memory is relevant: the model answers alone.");
    const request = chatRequest({ question, quoted, model: options.model });
    const work = (bridge: BridgeClient) => answered(session, bridge, request);
    const answer =
      memory.bridge === null
        ? await withRunningBridge(session, options, ({ client }) => work(client))
        : await work(memory.bridge);
    showSources(session, context, answer);
  });
}

function chatRequest(asked: {
  question: string;
  quoted: string;
  model: string | undefined;
}): ChatRequest {
  const { question, quoted, model } = asked;
  return {
    ...(model === undefined ? {} : { model }),
    messages: [
      { role: "system", content: INSTRUCTIONS },
      { role: "user", content: quoted === "" ? question : `${quoted}\n\n${question}` },
    ],
  };
}

/** Writes the answer while it comes, but for --json. */
async function answered(
  session: Session,
  bridge: BridgeClient,
  request: ChatRequest,
): Promise<Answer> {
  return interruptible(
    session,
    "What was written so far is not the whole answer.",
    async (signal) => {
      let text = "";
      let model: string | null = null;
      try {
        for await (const chunk of bridge.stream(request, { signal, retries: 0 })) {
          model = chunk.model;
          const piece = chunk.choices[0]?.delta.content ?? "";
          text += piece;
          if (!session.json) session.io.stdout.write(safeText(piece));
        }
      } finally {
        // Of an answer that broke off too: the error stands on a line of its own.
        if (!session.json && text !== "") session.print("");
      }
      return { text, model, cited: citedIn(text) };
    },
  );
}

/** `[2]` and `[2, 5]`, each number once. */
function citedIn(text: string): number[] {
  const groups = text.match(/\[\d+(?:\s*,\s*\d+)*\]/g) ?? [];
  return [...new Set(groups.flatMap((group) => (group.match(/\d+/g) ?? []).map(Number)))];
}

function showSources(session: Session, context: AssembledContextOutput, answer: Answer): void {
  const { citations } = context;
  // The messages are numbered in the order of the citations.
  const numbered = citations.map((citation, place) => ({ number: place + 1, ...citation }));
  const cited = numbered.filter(({ number }) => answer.cited.includes(number));
  if (session.json) {
    session.printJson({ answer: answer.text, model: answer.model, citations: cited });
    return;
  }
  for (const { number, label, folder, timestamp, conversation_id } of cited) {
    const place = [folder, formatDay(timestamp), conversation_id].map(safeLine).join(" · ");
    session.note(`[${number}] ${safeLine(label)}  ${session.paint("dim", place)}`);
  }
}
