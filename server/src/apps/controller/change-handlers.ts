import type { ControllerRoutes } from "@sekha/sdk/contract";
import type { ConversationPatch, JsonObject } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import { conversationToWire } from "./conversation-mapping.ts";
import type { ControllerServices } from "./services.ts";

type ChangeRoutes = Pick<
  ControllerRoutes,
  | "updateConversation"
  | "patchConversation"
  | "setLabel"
  | "setFolder"
  | "pin"
  | "unpin"
  | "archive"
  | "unarchive"
  | "setStatus"
  | "setImportance"
  | "setTags"
  | "addTags"
  | "removeTags"
  | "deleteConversation"
  | "deleteConversations"
>;

export function changeHandlers({ conversations }: ControllerServices): RouteHandlers<ChangeRoutes> {
  const change = async (call: RouteCall, id: string, patch: ConversationPatch) => ({
    success: true as const,
    ...conversationToWire(await conversations.update(call.owner, id, patch)),
  });

  return {
    updateConversation: ({ params, body }, call) => change(call, params.id, patchFromWire(body)),
    patchConversation: ({ params, body }, call) => change(call, params.id, patchFromWire(body)),
    setLabel: ({ params, body }, call) => change(call, params.id, patchFromWire(body)),
    setFolder: ({ params, body }, call) => change(call, params.id, patchFromWire(body)),
    pin: ({ params }, call) => change(call, params.id, PATCH_OF_STATUS.pinned),
    unpin: ({ params }, call) => change(call, params.id, { pinned: false }),
    archive: ({ params }, call) => change(call, params.id, PATCH_OF_STATUS.archived),
    unarchive: ({ params }, call) => change(call, params.id, { status: "active" }),
    setStatus: ({ params, body }, call) => change(call, params.id, PATCH_OF_STATUS[body.status]),
    setImportance: ({ params, body }, call) =>
      change(
        call,
        params.id,
        patchFromWire({ importance_score: body.importance_score ?? body.importance }),
      ),
    setTags: ({ params, body }, call) => change(call, params.id, { tags: body.tags }),
    addTags: ({ params, body }, call) => change(call, params.id, { addTags: body.tags }),
    removeTags: ({ params, body }, call) => change(call, params.id, { removeTags: body.tags }),

    deleteConversation: async ({ params }, { owner }) => {
      const deleted = await conversations.erase(owner, [params.id]);
      if (deleted.length === 0) {
        throw new SekhaError("not_found", `There is no conversation ${params.id}.`);
      }
      return { success: true, deleted: deleted.length, not_found: [] };
    },

    deleteConversations: async ({ body }, { owner }) => {
      const ids = [...new Set(body.conversation_ids ?? body.ids)];
      const deleted = new Set(await conversations.erase(owner, ids));
      return {
        success: true,
        deleted: deleted.size,
        not_found: ids.filter((id) => !deleted.has(id)),
      };
    },
  };
}

/** "pinned" on the wire is active and pinned; the other two say nothing of pins kept aside. */
const PATCH_OF_STATUS: Record<"active" | "archived" | "pinned", ConversationPatch> = {
  active: { status: "active", pinned: false },
  archived: { status: "archived" },
  pinned: { status: "active", pinned: true },
};

interface WirePatch {
  label?: string | undefined;
  folder?: string | undefined;
  status?: "active" | "archived" | "pinned" | undefined;
  pinned?: boolean | undefined;
  importance_score?: number | undefined;
  importanceScore?: number | undefined;
  metadata?: Record<string, unknown> | undefined;
  tags?: string[] | undefined;
}

function patchFromWire(body: WirePatch): ConversationPatch {
  const importanceScore = body.importance_score ?? body.importanceScore;
  return {
    ...(body.status === undefined ? {} : PATCH_OF_STATUS[body.status]),
    ...(body.pinned === undefined ? {} : { pinned: body.pinned }),
    ...(body.label === undefined ? {} : { label: body.label }),
    ...(body.folder === undefined ? {} : { folder: body.folder }),
    ...(importanceScore === undefined ? {} : { importanceScore, importanceSource: "user" }),
    // Parsed from JSON, so that it is JSON.
    ...(body.metadata === undefined ? {} : { metadata: body.metadata as JsonObject }),
    ...(body.tags === undefined ? {} : { tags: body.tags }),
  };
}
