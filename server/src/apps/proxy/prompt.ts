import { SekhaError } from "../../core/errors.ts";
import type { RouteCall } from "../../http/route-binding.ts";
import { asText, type JsonRecord } from "../../protocols/loose-json.ts";
import type { PlacedBlock, PlacedTurn, ProxyFace } from "./faces/proxy-face.ts";
import {
  hasMemoryFields,
  type MemoryWishes,
  memoryWishes,
  withoutMemoryFields,
} from "./memory-options.ts";
import type { MemoryBlock, MemoryRequest } from "./proxy-memory.ts";
import type { ProxyDefaults } from "./services.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A request as the proxy understands it. */
export interface Prompt {
  /** Without the proxy's own fields, and with a model where the proxy has one to name. */
  json: JsonRecord;
  /** The same as bytes; null: the client's own, as nothing was changed. */
  changed: Bytes | null;
  /** Images that the client sent. */
  imageCount: number;
  wishes: MemoryWishes;
}

/** Rejects with `invalid_request` without messages, and for wishes that are none. */
export function promptOf(
  face: ProxyFace,
  given: JsonRecord,
  { call, defaults }: { call: RouteCall; defaults: ProxyDefaults },
): Prompt {
  checkMessages(face, given);
  const wishes = memoryWishes(given, call, defaults);
  const imageCount = face.imageCount(given);
  const model = asText(given.model) === undefined ? ownModel(imageCount, defaults) : undefined;
  const isChanged = model !== undefined || hasMemoryFields(given);
  const named = model === undefined ? {} : { model };
  const json = isChanged ? { ...withoutMemoryFields(given), ...named } : given;
  return {
    json,
    changed: isChanged ? bytesOf(json) : null,
    imageCount,
    wishes,
  };
}

export function memoryRequest(
  { wishes, json }: Prompt,
  turns: readonly PlacedTurn[],
  call: RouteCall,
): MemoryRequest {
  return {
    owner: call.owner,
    turns: turns.map(({ turn }) => turn),
    ...wishes,
    model: asText(json.model) ?? null,
    signal: call.signal,
  };
}

/** A prompt's turns, and the recalled memory that belongs beside them. */
export interface Recalled {
  turns: readonly PlacedTurn[];
  blocks: readonly MemoryBlock[];
}

/** The prompt with recalled memory; undefined where there is none. */
export function withBlocks(
  face: ProxyFace,
  json: JsonRecord,
  { turns, blocks }: Recalled,
): JsonRecord | undefined {
  const placed = blocks.flatMap(({ turn, text }): PlacedBlock[] => {
    const at = turns[turn]?.at;
    return at === undefined || at === null ? [] : [{ at, text }];
  });
  return placed.length === 0 ? undefined : face.withBlocks(json, placed);
}

export function bytesOf(json: JsonRecord): Bytes {
  return Buffer.from(JSON.stringify(json));
}

/** As version 1 said it; other protocols' clients are told by the bridge. */
function checkMessages({ refusesEmpty }: ProxyFace, { messages }: JsonRecord): void {
  if (!refusesEmpty) return;
  const isEmpty = Array.isArray(messages) && messages.length === 0;
  if (isEmpty || messages === undefined || messages === null) {
    throw new SekhaError("invalid_request", "No messages provided");
  }
}

function ownModel(
  imageCount: number,
  { chatModel, visionModel }: ProxyDefaults,
): string | undefined {
  return imageCount > 0 ? visionModel : chatModel;
}
