import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import type { CreateConversationRequest } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { CliError, usageError } from "../cli-error.ts";
import { collect } from "../filter-options.ts";
import { formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { safeLine } from "../terminal-text.ts";

interface StoreOptions {
  file?: string;
  label?: string;
  folder?: string;
  tag?: string[];
  role: string;
}

export function addStoreCommand(program: Command, action: Action): void {
  program
    .command("store")
    .description("Store one conversation, or one note.")
    .argument(
      "[text...]",
      "what to remember; without it and without --file, standard input is read",
    )
    .option(
      "--file <file>",
      'JSON with "messages", each with role and content; - is standard input',
    )
    .option("--label <label>", "title; the first words when absent")
    .option("--folder <folder>", "folder to store it in")
    .option("--tag <tag>", "a tag; repeat it for several", collect)
    .option("--role <role>", "who says the text", "user")
    .addHelpText(
      "after",
      `
Files with many conversations, and other programs' exports, are for \`sekha import\`.

Examples:
  $ sekha store "The spare key is under the blue pot" --folder /home --tag keys
  $ sekha store --file conversation.json --label "Moving house"
  $ git log -1 | sekha store --label "Last commit" --folder /work
`,
    )
    .action(action(store));
}

async function store(session: Session, words: string[], options: StoreOptions): Promise<void> {
  const request = await requestOf(session, words, options);
  const stored = await session.withMemory(({ client }) => client.conversations.create(request));
  if (session.json) return session.printJson(stored);
  const size = formatNumber(stored.message_count, "message");
  session.print(`Stored “${safeLine(stored.label)}” in ${safeLine(stored.folder)}, ${size}`);
  session.print(session.paint("dim", stored.id));
}

async function requestOf(
  { io }: Session,
  words: readonly string[],
  options: StoreOptions,
): Promise<CreateConversationRequest> {
  const { file, label, folder, tag: tags, role } = options;
  const more = {
    ...(label === undefined ? {} : { label }),
    ...(folder === undefined ? {} : { folder }),
    ...(tags === undefined ? {} : { tags }),
  };
  if (file !== undefined) {
    if (words.length > 0) throw usageError("Both a text and --file are given.", "Give one.");
    const json = file === "-" ? await readAll(io.stdin) : readFile(file);
    return { ...parsed(json, file), ...more };
  }
  const content = words.length > 0 ? words.join(" ") : await typed(io);
  if (content.trim() === "") throw usageError("The text is empty.", "Say what to store.");
  return { messages: [{ role, content }], ...more };
}

async function typed(io: Session["io"]): Promise<string> {
  if (!io.isInputTerminal) return readAll(io.stdin);
  throw usageError("There is nothing to store.", "Give a text, --file FILE, or pipe a text in.");
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError(`${file} cannot be read.`, { fix: "Is the path right?", cause: error });
  }
}

/** A conversation, or a bare list of its messages; the server checks the rest. */
function parsed(json: string, file: string): CreateConversationRequest {
  const value = jsonOf(json, file);
  if (Array.isArray(value)) return { messages: value };
  if (typeof value === "object" && value !== null && "messages" in value) {
    return value as CreateConversationRequest;
  }
  throw new CliError(`${file} holds no conversation: there is no "messages" in it.`, {
    fix: 'Write {"messages": [{"role": "user", "content": "…"}]}. Exports are for `sekha import`.',
  });
}

function jsonOf(json: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CliError(`${file} is not JSON: ${(error as Error).message}`, {
      fix: "Texts in other formats are for `sekha import`.",
      cause: error,
    });
  }
}
