import type { BridgeRoutes } from "@sekha/sdk/contract";
import type { HttpAnswer } from "../../http/answer.ts";
import { readJson } from "../../http/json-body.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import type { StreamOutcome } from "../../llm/gateway.ts";
import { countPrompt } from "../../llm/money/token-counter.ts";
import { toAnthropicEvents } from "../../protocols/anthropic/face-events.ts";
import { toAnthropicMessage } from "../../protocols/anthropic/face-message.ts";
import { fromAnthropicRequest } from "../../protocols/anthropic/face-request.ts";
import type { ChatRequest } from "../../protocols/openai/chat.ts";
import { sseEvent } from "../../protocols/sse.ts";
import { checkAnthropicRequest } from "./anthropic-request-check.ts";
import { failureBody } from "./bridge-error-body.ts";
import { callOptions, linkedCall } from "./call-options.ts";
import type { FaceOptions } from "./face-options.ts";
import { withMember } from "./json-splice.ts";
import { accountHeaders, costText, sekhaMetadata } from "./routing-metadata.ts";
import type { BridgeServices } from "./services.ts";
import { streamFailures } from "./stream-failure.ts";
import { eventStreamHeaders } from "./stream-headers.ts";
import { textStream } from "./text-stream.ts";
import { chunksOf, translated, translationError, withUsage } from "./translation.ts";

const PING = sseEvent('{"type":"ping"}', "ping");

/** Anthropic's Messages API over any provider. */
export function anthropicHandlers(
  services: Pick<BridgeServices, "gateway">,
  options: FaceOptions,
): RouteHandlers<Pick<BridgeRoutes, "messages" | "countTokens">> {
  return {
    messages: async (_input, call) => {
      const body = checkAnthropicRequest(await readJson(call.request, options.bodyLimit));
      const request = translated(() => fromAnthropicRequest(body));
      return request.stream === true
        ? streamedAnswer(request, call, { ...services, ...options })
        : wholeAnswer(request, call, services);
    },

    countTokens: async (_input, call) => {
      const given = await readJson(call.request, options.bodyLimit);
      const body = checkAnthropicRequest(given, { counting: true });
      const request = translated(() => fromAnthropicRequest(body));
      return { input_tokens: await countPrompt(request, body.model ?? "") };
    },
  };
}

async function wholeAnswer(
  request: ChatRequest,
  call: RouteCall,
  { gateway }: Pick<BridgeServices, "gateway">,
): Promise<HttpAnswer> {
  const outcome = await gateway.chat(request, callOptions(call));
  const message = translated(() => toAnthropicMessage(outcome.body));
  return jsonResponse(
    { ...message, sekha_metadata: sekhaMetadata(outcome) },
    { headers: { ...accountHeaders(outcome), "Request-Id": call.requestId } },
  );
}

async function streamedAnswer(
  request: ChatRequest,
  call: RouteCall,
  { gateway, logger, heartbeatMs }: Pick<BridgeServices, "gateway"> & FaceOptions,
): Promise<HttpAnswer> {
  const { options, abandon } = linkedCall(call);
  const outcome = await gateway.stream(withUsage(request), options);
  const failures = streamFailures({ ...call, signal: options.signal, logger });
  return textStream(anthropicEvents(outcome), {
    headers: { ...eventStreamHeaders(outcome), "Request-Id": call.requestId },
    abandon,
    failureText: (error) =>
      failures.textOf(translationError(error), (shown) =>
        sseEvent(JSON.stringify(failureBody(shown, "anthropic", call.requestId)), "error"),
      ),
    heartbeat: { text: PING, everyMs: heartbeatMs },
  });
}

async function* anthropicEvents(outcome: StreamOutcome): AsyncGenerator<string, void, undefined> {
  let metadata: string | undefined = JSON.stringify(sekhaMetadata({ ...outcome, cost: undefined }));
  for await (const { event, data } of toAnthropicEvents(chunksOf(outcome.events))) {
    const told = metadata === undefined ? data : withMember(data, "sekha_metadata", metadata);
    metadata = undefined;
    yield sseEvent(told, event);
  }
  yield `: x-sekha-cost ${costText((await outcome.settled).cost)}\n\n`;
}
