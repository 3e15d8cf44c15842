export interface ExportedConversation {
  id: string;
  title: string;
  /** Turns of user and assistant by turns. */
  texts: string[];
  /** Unix seconds of the first turn; each further one is a minute later. */
  startedAt?: number;
}

const STARTED_AT = 1_735_689_600;

/** A conversations.json as ChatGPT writes it. */
export function chatGptExport(conversations: ExportedConversation[]): string {
  return JSON.stringify(conversations.map(chatGptConversation));
}

export function chatGptConversation(conversation: ExportedConversation) {
  const { id, title, texts, startedAt = STARTED_AT } = conversation;
  const nodes = texts.map((text, index) => ({
    id: `${id}-node-${index}`,
    parent: index === 0 ? `${id}-root` : `${id}-node-${index - 1}`,
    children: index + 1 < texts.length ? [`${id}-node-${index + 1}`] : [],
    message: {
      id: `${id}-message-${index}`,
      author: { role: index % 2 === 0 ? "user" : "assistant", name: null, metadata: {} },
      create_time: startedAt + index * 60,
      update_time: null,
      content: { content_type: "text", parts: [text] },
      status: "finished_successfully",
      end_turn: true,
      weight: 1,
      metadata: {},
      recipient: "all",
    },
  }));
  const root = {
    id: `${id}-root`,
    parent: null,
    children: texts.length > 0 ? [`${id}-node-0`] : [],
    message: null,
  };
  return {
    id,
    conversation_id: id,
    title,
    create_time: startedAt,
    update_time: startedAt + texts.length * 60,
    current_node: nodes.at(-1)?.id ?? root.id,
    mapping: Object.fromEntries([root, ...nodes].map((node) => [node.id, node])),
    is_archived: false,
  };
}
