import type { AutoLabelOutput, ControllerRoutes, LabelSuggestionOutput } from "@sekha/sdk/contract";
import type {
  AutoLabel,
  AutoLabelRequest,
  LabelSubject,
  LabelSuggestion,
} from "../../core/labels/label-types.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import { messageFromWire } from "./conversation-mapping.ts";
import type { ControllerServices } from "./services.ts";

type LabelRoutes = Pick<
  ControllerRoutes,
  "suggestLabels" | "suggestLabelsById" | "autoLabel" | "autoLabelById"
>;

const DEFAULT_COUNT = 5;
const DEFAULT_THRESHOLD = 0.7;

interface Wishes {
  threshold?: number | null | undefined;
  force?: boolean | null | undefined;
  count?: number | null | undefined;
}

export function labelHandlers({
  labels,
}: Pick<ControllerServices, "labels">): RouteHandlers<LabelRoutes> {
  const suggest = async (
    { owner, signal }: RouteCall,
    subject: LabelSubject,
    count: number | null | undefined,
  ) => {
    const request = { subject, count: count ?? DEFAULT_COUNT, signal };
    const { suggestions, degraded } = await labels.suggest(owner, request);
    const conversation_id = "conversationId" in subject ? subject.conversationId : null;
    return { conversation_id, suggestions: suggestions.map(suggestionToWire), degraded };
  };
  const auto = async ({ owner, signal }: RouteCall, conversationId: string, wishes: Wishes) =>
    autoToWire(await labels.auto(owner, { conversationId, signal, ...wishesFromWire(wishes) }));

  return {
    suggestLabels: ({ body }, call) => {
      const { conversation_id: conversationId, messages, count } = body;
      const subject =
        conversationId == null
          ? { messages: (messages ?? []).map(messageFromWire) }
          : { conversationId };
      return suggest(call, subject, count);
    },
    suggestLabelsById: ({ params, body }, call) =>
      suggest(call, { conversationId: params.id }, body?.count),
    autoLabel: ({ body }, call) => auto(call, body.conversation_id, body),
    autoLabelById: ({ params, body }, call) => auto(call, params.id, body ?? {}),
  };
}

function wishesFromWire({
  threshold,
  force,
  count,
}: Wishes): Pick<AutoLabelRequest, "threshold" | "force" | "count"> {
  return {
    threshold: threshold ?? DEFAULT_THRESHOLD,
    force: force ?? false,
    count: count ?? DEFAULT_COUNT,
  };
}

function suggestionToWire(one: LabelSuggestion): LabelSuggestionOutput {
  const { label, confidence, isExisting, reason, sources } = one;
  return { label, confidence, is_existing: isExisting, reason, reasoning: reason, sources };
}

function autoToWire(auto: AutoLabel): AutoLabelOutput {
  return {
    success: true,
    conversation_id: auto.conversationId,
    label: auto.label,
    previous_label: auto.previousLabel,
    applied: auto.applied,
    reason: auto.reason,
    suggestions: auto.suggestions.map(suggestionToWire),
    degraded: auto.degraded,
  };
}
