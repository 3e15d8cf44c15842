import { SekhaError } from "../../../core/errors.ts";
import { MARKS, type MemoryTool, REPLACES } from "../tool.ts";
import { importanceOf } from "./importance.ts";

const NOTHING_GIVEN =
  "Say what to change: label, folder, importance_score, status or tags, at least one of them.";

export const memoryUpdate: MemoryTool<"memory_update"> = {
  title: "Change a conversation's label, folder or importance",
  description:
    "Change how a stored conversation is filed: its label, folder, importance, tags, or whether it is archived (kept, but left out of searches). It never changes what was said. What is not given stays as it is.",
  hints: REPLACES,
  quotesStoredText: false,
  run: async ({ conversation_id, ...given }, { client, signal }) => {
    const { importance_score, ...others } = given;
    const changes = {
      ...others,
      ...(importance_score === undefined
        ? {}
        : { importance_score: importanceOf(importance_score) }),
    };
    const updated_fields = Object.keys(changes);
    if (updated_fields.length === 0) throw new SekhaError("validation_failed", NOTHING_GIVEN);
    const changed = await client.conversations.update(conversation_id, changes, { signal });
    return {
      conversation_id: changed.id,
      updated_fields,
      message: "Conversation updated successfully",
      label: changed.label,
      folder: changed.folder,
      status: changed.status,
      importance_score: changed.importance_score,
      tags: changed.tags,
    };
  },
  text: ({ conversation_id, updated_fields, label, folder, status, importance_score }) =>
    `Updated ${updated_fields.join(", ")}: "${label}" in ${folder}, ${status}, importance ${importance_score}.\nID: ${conversation_id}`,
};

export const memoryPin: MemoryTool<"memory_pin"> = {
  title: "Pin a conversation",
  description:
    "Pin a conversation that must never be lost: importance 10, never suggested for pruning, always considered for context. pinned: false takes that back.",
  hints: MARKS,
  quotesStoredText: false,
  run: async ({ conversation_id, pinned }, { client, signal }) => {
    const { conversations } = client;
    const changed = await (pinned
      ? conversations.pin(conversation_id, { signal })
      : conversations.unpin(conversation_id, { signal }));
    return {
      conversation_id: changed.id,
      pinned: changed.pinned,
      label: changed.label,
      folder: changed.folder,
      status: changed.status,
      importance_score: changed.importance_score,
    };
  },
  text: ({ conversation_id, pinned, label, importance_score }) =>
    `${pinned ? "Pinned" : "Unpinned"} "${label}", importance ${importance_score}.\nID: ${conversation_id}`,
};
