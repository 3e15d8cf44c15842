import type { SpooledMessage } from "../../../core/ports/proxy-store.ts";

interface StoredMessage {
  id: string;
  role: string;
  text: string;
}

/**
 * Messages without those at their beginning that the end of a stored conversation holds already, in the same order:
 * what a client sends again of a conversation that the proxy sees for the first time.
 */
export function withoutOverlap(
  stored: readonly StoredMessage[],
  messages: readonly SpooledMessage[],
): SpooledMessage[] {
  const ids = new Set(stored.map((message) => message.id));
  const fresh = messages.filter((message) => !ids.has(message.id));
  const longest = Math.min(stored.length, fresh.length);
  for (let length = longest; length > 0; length -= 1) {
    const end = stored.slice(stored.length - length);
    const isRepeated = end.every((one, index) => saysTheSame(one, fresh[index]));
    if (isRepeated) return fresh.slice(length);
  }
  return fresh;
}

function saysTheSame(one: StoredMessage, other: SpooledMessage | undefined): boolean {
  return one.role === other?.role && one.text.trim() === other.text.trim();
}
