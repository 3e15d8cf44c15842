import type { ConversationOutput, MessageOutput, SekhaClient } from "@sekha/sdk";
import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { conversationId, notFoundHere } from "../conversation-lookup.ts";
import { formatMinute, formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { safeLine, safeText, wrapText } from "../terminal-text.ts";

interface ShowOptions {
  format?: "text" | "json" | "markdown";
}

const PAGE = 500;
const READABLE_WIDTH = 100;

/** `show`, and version 1's `conversation show`. */
export function addShowCommands(program: Command, action: Action): void {
  addShow(program, action).alias("get");
  const conversation = program.command("conversation", { hidden: true });
  addShow(conversation.description("Version 1's name of show."), action);
}

function addShow(parent: Command, action: Action): Command {
  return parent
    .command("show")
    .description("Show a conversation with all its messages.")
    .argument("<id>", "id of the conversation, or a unique beginning of it")
    .addOption(
      new Option("--format <format>", "how to write it").choices(["text", "json", "markdown"]),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ sekha show 6f1c2b34
  $ sekha show 6f1c2b34 --format markdown > talk.md
`,
    )
    .action(action(show));
}

async function show(session: Session, given: string, options: ShowOptions): Promise<void> {
  const format = options.format ?? (session.json ? "json" : "text");
  await session.withMemory(async ({ client }) => {
    const id = await conversationId(client, given);
    try {
      if (format === "markdown") return await showMarkdown(session, { client, id });
      if (format === "json") return await showJson(session, { client, id });
      await showText(session, { client, id });
    } catch (error) {
      throw notFoundHere(error);
    }
  });
}

interface Shown {
  client: SekhaClient;
  id: string;
}

async function showMarkdown({ io }: Session, { client, id }: Shown): Promise<void> {
  const query = { format: "markdown", conversation_id: id, status: "all" } as const;
  for await (const text of client.export(query)) io.stdout.write(text);
}

async function showJson(session: Session, { client, id }: Shown): Promise<void> {
  const conversation = await client.conversations.get(id, { message_limit: 0 });
  const messages: MessageOutput[] = [];
  for await (const message of allMessages(client, id)) messages.push(message);
  session.printJson({ ...conversation, messages, has_more_messages: false });
}

async function showText(session: Session, { client, id }: Shown): Promise<void> {
  const conversation = await client.conversations.get(id, { message_limit: 0 });
  session.print(headText(session, conversation));
  for await (const message of allMessages(client, id)) {
    session.print(`\n${messageText(session, message)}`);
  }
}

async function* allMessages(client: SekhaClient, id: string): AsyncGenerator<MessageOutput> {
  for (let offset = 0; ; offset += PAGE) {
    const { messages } = await client.conversations.messages(id, { limit: PAGE, offset });
    yield* messages;
    if (messages.length < PAGE) return;
  }
}

function headText(session: Session, conversation: ConversationOutput): string {
  const { label, folder, status, tags, id } = conversation;
  const facts = [
    folder,
    formatMinute(conversation.created_at),
    formatNumber(conversation.message_count, "message"),
    ...(status === "active" ? [] : [status]),
    ...tags.map((tag) => `#${tag}`),
  ];
  return [
    session.paint("bold", safeLine(label)),
    session.paint("dim", facts.map(safeLine).join(" · ")),
    session.paint("dim", id),
  ].join("\n");
}

function messageText(session: Session, { role, name, timestamp, text }: MessageOutput): string {
  const speaker = session.paint(role === "user" ? "cyan" : "green", safeLine(name ?? role));
  const width = Math.min(READABLE_WIDTH, session.width);
  const lines = wrapText(safeText(text).trimEnd(), width);
  return [`${speaker}  ${session.paint("dim", formatMinute(timestamp))}`, ...lines].join("\n");
}
