import { asRecord, type JsonRecord } from "../../protocols/loose-json.ts";
import type { MemoryReport } from "./proxy-memory.ts";

export const SEKHA_METADATA = "sekha_metadata";

/** What `sekha_metadata` says of memory, beside the bridge's routing (wire.md §3, step 8, and more). */
export function memoryMetadata(report: MemoryReport, imageCount: number): JsonRecord {
  const { contextUsed } = report;
  return {
    // The bridge gives images only to models that see them.
    ...(imageCount === 0 ? {} : { vision: { image_count: imageCount, supports_vision: true } }),
    ...(contextUsed.length === 0
      ? {}
      : {
          context_used: contextUsed.map((use) => ({
            label: use.label,
            folder: use.folder,
            timestamp: use.timestamp,
            conversation_id: use.conversationId,
            message_id: use.messageId,
          })),
          context_count: contextUsed.length,
        }),
    memory: reportToWire(report),
  };
}

export function reportToWire(report: MemoryReport): JsonRecord {
  return {
    recall: report.recall,
    conversation_id: report.conversationId,
    context_tokens: report.contextTokens,
    rebuilt: report.rebuilt,
    took_ms: Math.round(report.tookMs * 1000) / 1000,
    note: report.note,
  };
}

/** Longest header that every server and proxy in between takes. */
const LONGEST_HEADER = 4000;

/** The same as a header, for streams whose protocol has no room: compact JSON in ASCII. */
export function metadataHeader(metadata: JsonRecord): string {
  const text = asciiJson(metadata);
  if (text.length <= LONGEST_HEADER) return text;
  const { context_used: _tooLong, ...rest } = metadata;
  return asciiJson(rest);
}

/**
 * The JSON text of an answer with the metadata added to what the bridge says of it. The bridge writes its own last, so
 * that the rest of the text stays as the provider wrote it; else the whole is written again.
 */
export function withMetadata(json: string, answer: JsonRecord, metadata: JsonRecord): string {
  const told = asRecord(answer[SEKHA_METADATA]);
  const merged = JSON.stringify({ ...told, ...metadata });
  const before = told === undefined ? "" : `"${SEKHA_METADATA}":${JSON.stringify(told)}`;
  const end = `${before}}`;
  const text = json.trimEnd();
  if (!text.endsWith(end))
    return JSON.stringify({ ...answer, [SEKHA_METADATA]: JSON.parse(merged) });
  const rest = text.slice(0, text.length - end.length).trimEnd();
  const comma = told !== undefined || rest.endsWith("{") ? "" : ",";
  return `${rest}${comma}"${SEKHA_METADATA}":${merged}}`;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
