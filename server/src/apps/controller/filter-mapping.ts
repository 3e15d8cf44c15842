import type { ConversationFilterQuery, SearchFilters } from "@sekha/sdk/contract";
import type {
  ConversationFilter,
  ConversationStatus,
  MessageFilter,
} from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";

type WireStatus = "active" | "archived" | "pinned" | "all";
type StatusFilter = Pick<ConversationFilter, "statuses" | "pinned">;

/** Filters of lists, counts, exports; nothing asked for means every status (v1 listed all). */
export function conversationFilterFromWire(query: ConversationFilterQuery): ConversationFilter {
  return present({
    ids: query.ids,
    idPrefix: query.id_prefix,
    label: query.label,
    labelContains: query.label_contains,
    folder: query.folder,
    tags: query.tags,
    minImportance: query.min_importance,
    maxImportance: query.max_importance,
    sessionId: query.session_id,
    updatedSince: query.since,
    updatedUntil: query.until,
    ...archivedFilter(query.archived),
    ...(query.pinned === undefined ? {} : { pinned: query.pinned }),
    ...(query.status === undefined ? {} : statusFilter([query.status])),
  });
}

function archivedFilter(archived: boolean | undefined): StatusFilter {
  if (archived === undefined) return {};
  return { statuses: [archived ? "archived" : "active"] };
}

/** "pinned" is what the wire calls a conversation that is active and pinned. */
function statusFilter(statuses: WireStatus[]): StatusFilter {
  const asked = new Set(statuses);
  if (asked.has("all")) return {};
  if (asked.has("pinned") && asked.has("archived") && !asked.has("active")) {
    throw new SekhaError(
      "validation_failed",
      "status: pinned and archived cannot be asked for together; ask twice, or for all.",
      { details: [{ path: "status", message: "pinned and archived cannot be combined" }] },
    );
  }
  // Pinned conversations are active ones, so that asking for both is asking for active.
  if (asked.has("pinned") && !asked.has("active")) return { statuses: ["active"], pinned: true };
  const kept = (["active", "archived"] as ConversationStatus[]).filter((one) => asked.has(one));
  return { statuses: kept };
}

/**
 * Filters of a search: those beside the query win over those in `filters`, whose names are
 * v1's and the SDKs'. Archived conversations are left out unless asked for.
 */
export function messageFilterFromWire(
  body: SearchFilters & { filters?: SearchFilters | null | undefined },
): MessageFilter {
  const asked: SearchFilters = { ...withoutNull(body.filters ?? {}), ...withoutNull(body) };
  return present({
    folder: asked.folder ?? undefined,
    excludedFolders: asked.excluded_folders ?? undefined,
    label: asked.label ?? undefined,
    labels: asked.labels ?? undefined,
    tags: asked.tags ?? undefined,
    roles: union(asked.role, asked.roles),
    since: asked.since ?? undefined,
    until: asked.until ?? undefined,
    minImportance: asked.min_importance ?? asked.importance_min ?? undefined,
    maxImportance: asked.max_importance ?? undefined,
    ids: union(
      asked.conversation_id == null ? null : [asked.conversation_id],
      asked.conversation_ids,
    ),
    sessionId: asked.session_id ?? undefined,
    ...(asked.pinned == null ? {} : { pinned: asked.pinned }),
    ...searchedStatuses(asked),
  });
}

function searchedStatuses(asked: SearchFilters): StatusFilter {
  if (asked.status != null && asked.status.length > 0) return statusFilter(asked.status);
  return asked.include_archived === true ? {} : { statuses: ["active"] };
}

function union(
  one: string[] | null | undefined,
  other: string[] | null | undefined,
): string[] | undefined {
  if (one == null && other == null) return undefined;
  return [...new Set([...(one ?? []), ...(other ?? [])])];
}

function withoutNull<T extends object>(filters: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== null && value !== undefined),
  ) as Partial<T>;
}

/** Drops keys without a value: in a filter, absent means any. */
function present<T extends object>(filter: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return withoutNull(filter) as { [K in keyof T]: Exclude<T[K], undefined> };
}
