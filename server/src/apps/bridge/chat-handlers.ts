import type { BridgeRoutes } from "@sekha/sdk/contract";
import type { HttpAnswer } from "../../http/answer.ts";
import { readJson } from "../../http/json-body.ts";
import { jsonTextResponse } from "../../http/json-response.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import type { StreamOutcome } from "../../llm/gateway.ts";
import type { StreamEvent, StreamEventIterator } from "../../llm/provider.ts";
import type { ChatRequest } from "../../protocols/openai/chat.ts";
import { sseEvent } from "../../protocols/sse.ts";
import { openAiError } from "./bridge-error-body.ts";
import { callOptions, linkedCall } from "./call-options.ts";
import { checkChatRequest } from "./chat-request-check.ts";
import type { FaceOptions } from "./face-options.ts";
import { withMember } from "./json-splice.ts";
import { accountHeaders, costText, dollarsOrNull, sekhaMetadata } from "./routing-metadata.ts";
import type { BridgeServices } from "./services.ts";
import { streamFailures } from "./stream-failure.ts";
import { eventStreamHeaders, SSE_HEARTBEAT } from "./stream-headers.ts";
import { textStream } from "./text-stream.ts";

/** OpenAI's chat completions. */
export function chatHandlers(
  services: Pick<BridgeServices, "gateway">,
  options: FaceOptions,
): RouteHandlers<Pick<BridgeRoutes, "chat">> {
  return {
    chat: async (_input, call) => {
      const request = checkChatRequest(await readJson(call.request, options.bodyLimit));
      return request.stream === true
        ? streamedAnswer(request, call, { ...services, ...options })
        : wholeAnswer(request, call, services);
    },
  };
}

async function wholeAnswer(
  request: ChatRequest,
  call: RouteCall,
  { gateway }: Pick<BridgeServices, "gateway">,
): Promise<HttpAnswer> {
  const outcome = await gateway.chat(request, callOptions(call));
  const metadata = JSON.stringify(sekhaMetadata(outcome));
  const json = outcome.raw ?? JSON.stringify(outcome.body);
  return jsonTextResponse(withMember(json, "sekha_metadata", metadata), {
    headers: accountHeaders(outcome),
  });
}

/** Nothing is sent, headers included, before the gateway has a stream to send (bridge.md, semantics 1). */
async function streamedAnswer(
  request: ChatRequest,
  call: RouteCall,
  { gateway, logger, heartbeatMs }: Pick<BridgeServices, "gateway"> & FaceOptions,
): Promise<HttpAnswer> {
  const { options, abandon } = linkedCall(call);
  const outcome = await gateway.stream(request, options);
  const failures = streamFailures({ ...call, signal: options.signal, logger });
  const wantsUsage = request.stream_options?.include_usage === true;
  return textStream(openAiEvents(outcome, wantsUsage), {
    headers: eventStreamHeaders(outcome),
    abandon,
    failureText: (error) =>
      failures.textOf(error, (shown) => sseEvent(JSON.stringify({ error: openAiError(shown) }))),
    heartbeat: { text: SSE_HEARTBEAT, everyMs: heartbeatMs },
  });
}

/**
 * The provider's events as they are, in one piece what is there at a time. The first one also says who serves. The one
 * with the usage waits for the cost, and is only sent to who asked for it: clients that did not may not expect an event
 * without choices.
 */
async function* openAiEvents(
  outcome: StreamOutcome,
  wantsUsage: boolean,
): AsyncGenerator<string, void, undefined> {
  let metadata: string | undefined = JSON.stringify(sekhaMetadata({ ...outcome, cost: undefined }));
  let usage: string | undefined;
  const textOf = ({ chunk, data }: StreamEvent): string => {
    if (chunk.choices.length === 0 && chunk.usage) {
      usage = data;
      return "";
    }
    if (metadata === undefined) return sseEvent(data);
    const first = withMember(data, "sekha_metadata", metadata);
    metadata = undefined;
    return sseEvent(first);
  };
  const events = outcome.events[Symbol.asyncIterator]();
  let hasEnded = false;
  try {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      yield textOf(next.value) + readyText(events, textOf);
    }
    hasEnded = true;
  } finally {
    if (!hasEnded) await events.return?.();
  }
  const { cost } = await outcome.settled;
  const last = `: x-sekha-cost ${costText(cost)}\n\ndata: [DONE]\n\n`;
  if (usage === undefined || !wantsUsage) {
    yield last;
    return;
  }
  const costs = JSON.stringify({ cost: dollarsOrNull(cost) });
  yield sseEvent(withMember(usage, "sekha_metadata", costs)) + last;
}

/** Of all events that need not be waited for. */
function readyText(events: StreamEventIterator, textOf: (event: StreamEvent) => string): string {
  let text = "";
  for (let event = events.ready?.(); event !== undefined; event = events.ready?.()) {
    text += textOf(event);
  }
  return text;
}
