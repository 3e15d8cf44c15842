import { DRY_LOOK_HEADER } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { HttpAnswer } from "../../http/answer.ts";
import { readBytes } from "../../http/body-bytes.ts";
import type { HttpLogger } from "../../http/http-logger.ts";
import { parseJsonBody } from "../../http/json-body.ts";
import { isSwitchedOn } from "../../http/route-access.ts";
import type { RouteCall } from "../../http/route-binding.ts";
import { asRecord } from "../../protocols/loose-json.ts";
import { answerOf } from "./answer.ts";
import { forward } from "./bridge-target.ts";
import { explanation } from "./explanation.ts";
import type { ProxyFace } from "./faces/proxy-face.ts";
import { bytesOf, memoryRequest, promptOf, withBlocks } from "./prompt.ts";
import type { MemoryReport } from "./proxy-memory.ts";
import type { ProxyDefaults, ProxyServices } from "./services.ts";

export interface ExchangeOptions extends ProxyServices {
  defaults: ProxyDefaults;
  /** Bytes of a request's body. */
  bodyLimit: number;
  /** Until the bridge's answer begins. */
  timeoutMs: number;
  /** Told of every exchange with memory, for metrics. */
  observe: (report: MemoryReport) => void;
  logger: HttpLogger;
}

/** One request and its answer: memory goes into the prompt, the bridge answers, and what was said is kept. */
export async function exchange(
  face: ProxyFace,
  call: RouteCall,
  options: ExchangeOptions,
): Promise<HttpAnswer> {
  const bytes = (await readBytes(call.request, options.bodyLimit)) as Uint8Array<ArrayBuffer>;
  const anyContentType = face.protocol === "ollama";
  const given = asRecord(parseJsonBody(bytes, call.request, { anyContentType }));
  const isDryLook = isSwitchedOn(call.request.headers.get(DRY_LOOK_HEADER));
  if (given === undefined) {
    // The bridge refuses it in the protocol's own words; a look never reaches it.
    if (!isDryLook) return forward(call, bytes, options);
    throw new SekhaError("invalid_request", "The body must be a JSON object.");
  }
  const prompt = promptOf(face, given, { call, defaults: options.defaults });
  const turns = face.turns(prompt.json);
  const request = memoryRequest(prompt, turns, call);
  if (isDryLook) return explanation({ face, prompt, turns, request }, options);
  const memory = await options.memory.prepare(request);
  options.observe(memory.report);
  const remembering = withBlocks(face, prompt.json, { turns, blocks: memory.blocks });
  const body = remembering === undefined ? (prompt.changed ?? bytes) : bytesOf(remembering);
  const response = await forward(call, body, options);
  const { imageCount } = prompt;
  const keeps = request.mode.write;
  return answerOf(response, { face, memory, keeps, imageCount, logger: options.logger });
}
