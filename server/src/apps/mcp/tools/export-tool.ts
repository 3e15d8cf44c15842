import type { ConversationWithMessages } from "@sekha/sdk";
import type { MemoryToolData, MemoryToolInput } from "@sekha/sdk/contract";
import { ANSWER_CHARACTERS, cutText, NOTICE } from "../quoted-text.ts";
import { type MemoryTool, READS } from "../tool.ts";
import { figuresOf, messageInFull, readAll } from "./read-messages.ts";

type Input = MemoryToolInput<"memory_export">;
type Data = MemoryToolData<"memory_export">;

export const memoryExport: MemoryTool<"memory_export"> = {
  title: "Export a conversation",
  description:
    "A whole conversation as one text, JSON or Markdown, to save or pass on. Long ones come in pieces that join exactly; next_offset says where to go on. To read it yourself, memory_get_context is shorter.",
  hints: READS,
  quotesStoredText: true,
  run: async (input, context) => {
    const conversation = await readAll(input.conversation_id, context);
    const whole = exported(conversation, input);
    const content = cutText(whole.slice(input.offset), ANSWER_CHARACTERS);
    const end = input.offset + content.length;
    return {
      conversation_id: conversation.id,
      format: input.format,
      include_metadata: input.include_metadata,
      content,
      offset: input.offset,
      next_offset: end < whole.length ? end : null,
      total_characters: whole.length,
    };
  },
  runInFull: async (input, context) => {
    const conversation = await readAll(input.conversation_id, context);
    const { format, include_metadata } = input;
    return {
      conversation: { id: conversation.id, ...figuresOf(conversation) },
      messages: conversation.messages.map(messageInFull),
      ...{ format, include_metadata },
      content: exported(conversation, input),
    };
  },
  text: ({ content, offset, next_offset, total_characters }: Data) => [
    `${NOTICE} Characters ${offset} to ${offset + content.length} of ${total_characters}.${next_offset === null ? "" : ` The rest: the same call with offset ${next_offset}.`}`,
    content,
  ],
};

function exported(conversation: ConversationWithMessages, input: Input): string {
  return input.format === "markdown"
    ? markdown(conversation, input)
    : JSON.stringify(jsonExport(conversation, input), null, 2);
}

/** Without the time of the export: pieces asked for one after another must join. */
function jsonExport(conversation: ConversationWithMessages, { include_metadata }: Input) {
  const { id, label, folder, status, importance_score, created_at, updated_at } = conversation;
  const { word_count, session_count, message_count, tags, metadata } = conversation;
  return {
    conversation_id: id,
    ...{ label, folder, status, importance_score, created_at, updated_at },
    messages: conversation.messages.map(({ role, name, content, timestamp, metadata: own }) => ({
      role,
      ...(name === null ? {} : { name }),
      ...{ content, timestamp },
      ...(include_metadata && Object.keys(own).length > 0 ? { metadata: own } : {}),
    })),
    ...(include_metadata
      ? { metadata: { word_count, session_count, message_count, tags, ...metadata } }
      : {}),
  };
}

function markdown(conversation: ConversationWithMessages, { include_metadata }: Input): string {
  const { id, label, folder, status, importance_score, created_at } = conversation;
  const head = [
    `**ID:** ${id}`,
    `**Folder:** ${folder}`,
    `**Status:** ${status}`,
    `**Importance:** ${importance_score}`,
    `**Created:** ${created_at}`,
  ].join("  \n");
  const turns = conversation.messages.map(
    ({ role, text, timestamp }, index) => `### ${index + 1}. ${role}\n\n*${timestamp}*\n\n${text}`,
  );
  return [`# ${label}`, ...(include_metadata ? [head] : []), "## Messages", ...turns, ""].join(
    "\n\n",
  );
}
