import type { BridgeRoutes } from "@sekha/sdk/contract";
import type { HttpAnswer } from "../../http/answer.ts";
import { readJson } from "../../http/json-body.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import type { StreamOutcome } from "../../llm/gateway.ts";
import type { ChatRequest } from "../../protocols/openai/chat.ts";
import { emptyResponse, toResponse } from "../../protocols/openai/responses-answer.ts";
import { ResponseEvents } from "../../protocols/openai/responses-events.ts";
import { fromResponsesRequest } from "../../protocols/openai/responses-request.ts";
import type { ResponseObject } from "../../protocols/openai/responses-wire.ts";
import { sseEvent } from "../../protocols/sse.ts";
import { openAiError } from "./bridge-error-body.ts";
import { callOptions, linkedCall } from "./call-options.ts";
import type { FaceOptions } from "./face-options.ts";
import { checkResponsesRequest } from "./responses-request-check.ts";
import { accountHeaders, costText, sekhaMetadata } from "./routing-metadata.ts";
import type { BridgeServices } from "./services.ts";
import { streamFailures } from "./stream-failure.ts";
import { eventStreamHeaders, SSE_HEARTBEAT } from "./stream-headers.ts";
import { textStream } from "./text-stream.ts";
import { chunksOf, translated, withUsage } from "./translation.ts";

/** One question: what the gateway is asked, and the answer before it has begun. */
interface Question {
  request: ChatRequest;
  empty: ResponseObject;
}

type Services = Pick<BridgeServices, "gateway" | "clock" | "newId">;

/** OpenAI's Responses API over any provider; the providers are asked in chat completions. */
export function responsesHandlers(
  services: Services,
  options: FaceOptions,
): RouteHandlers<Pick<BridgeRoutes, "responses">> {
  return {
    responses: async (_input, call) => {
      const body = checkResponsesRequest(await readJson(call.request, options.bodyLimit));
      const request = translated(() => fromResponsesRequest(body));
      const id = `resp_${services.newId().replaceAll("-", "")}`;
      const createdAt = Math.floor(services.clock() / 1000);
      const question = { request, empty: emptyResponse(body, { id, createdAt }) };
      return request.stream === true
        ? streamedAnswer(question, call, { ...services, ...options })
        : wholeAnswer(question, call, services);
    },
  };
}

async function wholeAnswer(
  { request, empty }: Question,
  call: RouteCall,
  { gateway }: Pick<Services, "gateway">,
): Promise<HttpAnswer> {
  const outcome = await gateway.chat(request, callOptions(call));
  return jsonResponse(
    { ...toResponse(outcome.body, empty), sekha_metadata: sekhaMetadata(outcome) },
    { headers: accountHeaders(outcome) },
  );
}

async function streamedAnswer(
  { request, empty }: Question,
  call: RouteCall,
  { gateway, logger, heartbeatMs }: Pick<Services, "gateway"> & FaceOptions,
): Promise<HttpAnswer> {
  const { options, abandon } = linkedCall(call);
  const outcome = await gateway.stream(withUsage(request), options);
  const failures = streamFailures({ ...call, signal: options.signal, logger });
  const sekha_metadata = sekhaMetadata({ ...outcome, cost: undefined });
  const translation = new ResponseEvents({ ...empty, sekha_metadata });
  return textStream(responseEvents(translation, outcome), {
    headers: eventStreamHeaders(outcome),
    abandon,
    failureText: (error) =>
      failures.textOf(error, (shown) => eventsText(translation.fail(openAiError(shown)))),
    heartbeat: { text: SSE_HEARTBEAT, everyMs: heartbeatMs },
  });
}

/** The last event has what the call cost. */
async function* responseEvents(
  translation: ResponseEvents,
  outcome: StreamOutcome,
): AsyncGenerator<string, void, undefined> {
  for await (const chunk of chunksOf(outcome.events)) {
    const text = eventsText(translation.chunk(chunk));
    if (text !== "") yield text;
  }
  const { cost } = await outcome.settled;
  const sekha_metadata = sekhaMetadata({ ...outcome, cost });
  yield `: x-sekha-cost ${costText(cost)}\n\n${eventsText(translation.end({ sekha_metadata }))}`;
}

function eventsText(events: Record<string, unknown>[]): string {
  return events.map((event) => sseEvent(JSON.stringify(event), String(event.type))).join("");
}
