import { createHash } from "node:crypto";
import type { MessageDraft } from "../conversations/conversation.ts";
import type { ImportIdentity } from "../ports/conversation-store.ts";

const HASHED = "sha256:";

/** Hex SHA-256 of the texts, cut to 128 bits; the texts cannot run into one another. */
export function digest(...texts: string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 32);
}

/** For sources without ids: the title and the first message, which a grown file keeps. */
export function hashedIdentity(
  source: string,
  title: string,
  first: MessageDraft | undefined,
): ImportIdentity {
  const hash = digest(title, first?.role ?? "", first?.content ?? "");
  return { source, externalId: `${HASHED}${hash}` };
}

/** The source's own id where there is one, otherwise the hash. */
export function identityOf(
  source: string,
  id: string | undefined,
  fallback: { title: string; first: MessageDraft | undefined },
): ImportIdentity {
  return id === undefined
    ? hashedIdentity(source, fallback.title, fallback.first)
    : { source, externalId: id };
}

/** Keeps apart the conversations of one file that begin alike: the second gets `#2`. */
export class IdentityOrdinals {
  private readonly seen = new Map<string, number>();

  apart(identity: ImportIdentity): ImportIdentity {
    if (!identity.externalId.startsWith(HASHED)) {
      return identity;
    }
    const count = (this.seen.get(identity.externalId) ?? 0) + 1;
    this.seen.set(identity.externalId, count);
    return count === 1
      ? identity
      : { source: identity.source, externalId: `${identity.externalId}#${count}` };
  }
}

/** Gives each message of a conversation a key that is the same when the file is read again. */
export class MessageKeys {
  private readonly counts = new Map<string, number>();

  /** `id` is the message's own id in the source; without one the text and its ordinal count. */
  next(id: string | undefined, role: string, content: string): string {
    const base = id ?? digest(role, content);
    const count = (this.counts.get(base) ?? 0) + 1;
    this.counts.set(base, count);
    return count === 1 ? base : `${base}#${count}`;
  }
}
