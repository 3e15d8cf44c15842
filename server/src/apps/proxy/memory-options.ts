import { memoryOptions } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { HttpHeaders } from "../../http/http-request.ts";
import { hasScope } from "../../http/route-access.ts";
import type { RouteCall } from "../../http/route-binding.ts";
import { parse } from "../../http/validation.ts";
import type { JsonRecord } from "../../protocols/loose-json.ts";
import type { MemoryMode, MemoryRequest } from "./proxy-memory.ts";
import type { ProxyDefaults } from "./services.ts";

/** Fields of the body that are the proxy's, each with the header that says the same. */
const FIELDS = {
  conversation_id: "x-sekha-conversation",
  folder: "x-sekha-folder",
  excluded_folders: "x-sekha-excluded-folders",
  preferred_labels: "x-sekha-preferred-labels",
  context_budget: "x-sekha-context-budget",
} as const;
type Field = keyof typeof FIELDS;

const NAMES = Object.keys(FIELDS) as Field[];
const LISTS: ReadonlySet<Field> = new Set(["excluded_folders", "preferred_labels"]);

export type MemoryWishes = Pick<
  MemoryRequest,
  "mode" | "conversationId" | "folder" | "excludedFolders" | "preferredLabels" | "contextBudget"
>;

/** Whether a body holds fields that must not go on to the bridge. */
export function hasMemoryFields(body: JsonRecord): boolean {
  return NAMES.some((name) => name in body);
}

/** The body as its protocol knows it. */
export function withoutMemoryFields(body: JsonRecord): JsonRecord {
  const rest = { ...body };
  for (const name of NAMES) delete rest[name];
  return rest;
}

/**
 * How a request wants its memory: the body wins over headers, and those over the configuration. Folders that the
 * configuration excludes stay excluded. Rejects with `validation_failed`, or `invalid_request` for a wrong mode.
 */
export function memoryWishes(
  body: JsonRecord,
  call: RouteCall,
  defaults: ProxyDefaults,
): MemoryWishes {
  const given = parse(memoryOptions, givenFields(body, call.request.headers));
  return {
    mode: memoryMode(call, defaults),
    conversationId: given.conversation_id ?? null,
    folder: given.folder ?? defaults.folder,
    excludedFolders: [...new Set([...defaults.excludedFolders, ...(given.excluded_folders ?? [])])],
    preferredLabels: given.preferred_labels ?? defaults.preferredLabels,
    contextBudget: given.context_budget ?? defaults.contextBudget,
  };
}

/** What the request asks for, as far as its key may: recall reads, keeping writes. */
export function memoryMode(
  { request, scopes }: Pick<RouteCall, "request" | "scopes">,
  { recall }: Pick<ProxyDefaults, "recall">,
): MemoryMode {
  const wanted = wantedMode(request.headers.get("x-sekha-memory"), recall);
  return {
    read: wanted.read && hasScope(scopes, "read"),
    write: wanted.write && hasScope(scopes, "write"),
  };
}

function wantedMode(header: string | null, recall: boolean): MemoryMode {
  switch (header?.trim().toLowerCase()) {
    case undefined:
      return { read: recall, write: true };
    case "on":
      return { read: true, write: true };
    case "read":
      return { read: true, write: false };
    case "write":
      return { read: false, write: true };
    case "off":
      return { read: false, write: false };
    default:
      throw new SekhaError("invalid_request", "X-Sekha-Memory must be on, read, write or off.");
  }
}

function givenFields(body: JsonRecord, headers: HttpHeaders): JsonRecord {
  return Object.fromEntries(
    NAMES.map((name) => [name, body[name] ?? fromHeader(name, headers.get(FIELDS[name]))]),
  );
}

/** Percent-encoded where a name has letters that a header takes not. */
function fromHeader(name: Field, value: string | null): unknown {
  if (value === null || value.trim() === "") return undefined;
  // What is no number stays text, so that the error says so.
  if (name === "context_budget") return Number.isNaN(Number(value)) ? value : Number(value);
  if (LISTS.has(name)) return value.split(",").map((item) => decoded(item.trim()));
  return decoded(value.trim());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign is meant as it stands.
    return text;
  }
}
