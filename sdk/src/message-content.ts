import type { MessageInput } from "./contract/conversations.ts";

/** A message's content: text, or parts of text and images. */
export type MessageContent = Exclude<MessageInput["content"], null>;
export type ContentPart = Extract<MessageContent, readonly unknown[]>[number];
export type ConversationStatus = "active" | "archived" | "pinned";

const STATUSES: ReadonlySet<unknown> = new Set<ConversationStatus>([
  "active",
  "archived",
  "pinned",
]);

/** Whether content consists of parts, each of them naming its type. */
export function isMultiModalContent(content: unknown): content is ContentPart[] {
  return Array.isArray(content) && content.every(isPart);
}

/** The texts of all parts, one space between them. */
export function extractText(content: MessageContent): string {
  if (!isMultiModalContent(content)) return String(content);
  return content
    .map(({ text }) => text)
    .filter((text) => typeof text === "string")
    .join(" ");
}

/** Addresses of the images, in their order. */
export function extractImageUrls(content: MessageContent): string[] {
  return isMultiModalContent(content) ? content.map(imageUrl).filter((url) => url !== null) : [];
}

export function hasImages(content: MessageContent): boolean {
  return extractImageUrls(content).length > 0;
}

export function isValidStatus(status: unknown): status is ConversationStatus {
  return STATUSES.has(status);
}

function isPart(part: unknown): part is ContentPart {
  return typeof part === "object" && part !== null && "type" in part;
}

/** OpenAI's shape, with the address in an object or by itself. */
function imageUrl(part: ContentPart): string | null {
  const image = part.image_url;
  if (typeof image === "string") return image;
  const { url } = { ...(image as { url?: unknown } | undefined) };
  return typeof url === "string" ? url : null;
}
