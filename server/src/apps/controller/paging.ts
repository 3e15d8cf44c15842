import type { Page } from "../../core/ports/conversation-store.ts";

interface AskedPage {
  page?: number | null | undefined;
  page_size?: number | null | undefined;
  limit?: number | null | undefined;
  offset?: number | null | undefined;
}

/** limit and offset win over page and page_size, of which clients send either pair. */
export function pageFromWire(asked: AskedPage, defaultLimit: number): Page {
  const limit = asked.limit ?? asked.page_size ?? defaultLimit;
  return { limit, offset: asked.offset ?? ((asked.page ?? 1) - 1) * limit };
}

/** The page as the answer names it; counted from 1. */
export function pageToWire({ limit, offset }: Page): { page: number; page_size: number } {
  return { page: Math.floor(offset / limit) + 1, page_size: limit };
}
