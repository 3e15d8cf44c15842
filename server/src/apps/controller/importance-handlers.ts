import type { ControllerRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import type { ControllerServices } from "./services.ts";

type ImportanceRoutes = Pick<ControllerRoutes, "scoreMessage" | "scoreText">;

/** What version 1's Python clients ask: a judgement, which changes nothing. */
export function importanceHandlers({
  store,
  languageTasks,
}: Pick<ControllerServices, "store" | "languageTasks">): RouteHandlers<ImportanceRoutes> {
  const score = async ({ owner, signal }: RouteCall, content: string) => {
    if (content.trim() === "") {
      throw new SekhaError("validation_failed", "There is no text to judge.");
    }
    const done = await languageTasks.score(content, { owner, background: false, signal });
    const { score: importance_score, reasoning, model, method } = done;
    return { score: importance_score, importance_score, reasoning, model, method };
  };
  const scoreStored = async (call: RouteCall, id: string) => {
    const { message, conversation } = await store.message(call.owner, id);
    return {
      message_id: message.id,
      conversation_id: conversation.id,
      ...(await score(call, message.content)),
    };
  };

  return {
    scoreMessage: ({ params }, call) => scoreStored(call, params.id),
    scoreText: async ({ body }, call) => {
      if (body.message_id != null) return scoreStored(call, body.message_id);
      const scored = await score(call, body.content ?? body.text ?? "");
      return { message_id: null, conversation_id: null, ...scored };
    },
  };
}
