import type { SearchHit, SearchResponse } from "@sekha/sdk";
import type { MemoryToolData, MemoryToolInput } from "@sekha/sdk/contract";
import { counted, cutText, NOTICE, quote, shownTime } from "../quoted-text.ts";
import { type MemoryTool, READS, type ToolContext } from "../tool.ts";

type Input = MemoryToolInput<"memory_search">;
type Data = MemoryToolData<"memory_search">;

/** Longer messages are shown by their best passage: ten hits then stay below 3,000 tokens. */
const HIT_CHARACTERS = 1000;

export const memorySearch: MemoryTool<"memory_search"> = {
  title: "Search memory",
  description:
    "Find messages of earlier conversations by meaning and by word, best first. Use it whenever the user refers to something from before, or when an earlier decision, preference or fact may matter. Long messages come as excerpts: memory_get_context with the hit's position as offset shows all of it. For a ready-made context to answer a question from, use memory_assemble.",
  hints: READS,
  quotesStoredText: true,
  run: async (input, context) => {
    const answer = await search(input, context);
    return dataOf(input, answer, answer.results.map(shortHit));
  },
  runInFull: async (input, context) => {
    const answer = await search(input, context);
    const hits = answer.results.map((hit) => ({
      ...hitOf(hit, hit.content, false),
      similarity: hit.score,
      metadata: hit.metadata,
    }));
    return dataOf(input, answer, hits);
  },
  text: textOf,
};

function search(input: Input, { client, signal }: ToolContext): Promise<SearchResponse> {
  const { query, limit, offset, filter_labels, folder, tags, since, until } = input;
  return client.search(
    {
      ...{ query, limit, offset, folder, tags, since, until },
      labels: filter_labels === undefined || filter_labels.length === 0 ? null : filter_labels,
      include_archived: input.include_archived,
    },
    { signal },
  );
}

function dataOf(
  { query, limit, offset }: Input,
  { total, degraded }: SearchResponse,
  results: Data["results"],
): Data {
  const end = offset + results.length;
  const next_offset = results.length > 0 && end < total ? end : null;
  return { query, total_results: total, limit, offset, next_offset, results, degraded };
}

function shortHit(hit: SearchHit): Data["results"][number] {
  if (hit.content.length <= HIT_CHARACTERS) return hitOf(hit, hit.content, false);
  const passage = hit.snippet.replaceAll("**", "");
  return hitOf(hit, cutText(passage, HIT_CHARACTERS), true);
}

function hitOf(hit: SearchHit, content: string, excerpt: boolean): Data["results"][number] {
  const { conversation_id, message_id, score, role, position, label, folder, timestamp } = hit;
  return {
    ...{ conversation_id, message_id, score, role, content, excerpt },
    ...{ position, label, folder, timestamp },
  };
}

function textOf({ total_results, offset, results, next_offset, degraded }: Data): string {
  const warning = degraded === null ? [] : [degraded];
  if (results.length === 0) {
    return ["No matching conversations. Fewer words or fewer filters find more.", ...warning].join(
      "\n",
    );
  }
  const shown = `${offset + 1} to ${offset + results.length}`;
  const hits = results.map(
    (hit, index) =>
      `${offset + index + 1}. **${hit.label}** (score ${hit.score.toFixed(2)}) · ${hit.folder} · ${shownTime(hit.timestamp)} · ${hit.role}${hit.excerpt ? " · excerpt" : ""}\n${quote(hit.content)}\nID: ${hit.conversation_id}, message ${hit.position}`,
  );
  return [
    `Found ${counted(total_results, "match")}; these are ${shown}. ${NOTICE}`,
    ...warning,
    ...hits,
    ...(next_offset === null ? [] : [`More: the same call with offset ${next_offset}.`]),
  ].join("\n\n");
}
