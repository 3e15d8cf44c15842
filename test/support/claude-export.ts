export interface ClaudeConversation {
  uuid: string;
  name: string;
  /** Turns of human and assistant by turns. */
  texts: string[];
}

/** A conversations.json as claude.ai writes it. */
export function claudeExport(conversations: ClaudeConversation[]): string {
  return JSON.stringify(
    conversations.map(({ uuid, name, texts }) => ({
      uuid,
      name,
      created_at: "2025-03-01T09:00:00.000000+00:00",
      updated_at: "2025-03-01T10:00:00.000000+00:00",
      account: { uuid: "0b0e5a3c-0000-4000-8000-000000000001" },
      chat_messages: texts.map((text, index) => ({
        uuid: `${uuid.slice(0, 24)}${String(index).padStart(12, "0")}`,
        text,
        content: [{ type: "text", text }],
        sender: index % 2 === 0 ? "human" : "assistant",
        created_at: `2025-03-01T09:${String(index).padStart(2, "0")}:00.000000+00:00`,
        updated_at: `2025-03-01T09:${String(index).padStart(2, "0")}:00.000000+00:00`,
        attachments: [],
        files: [],
      })),
    })),
  );
}
