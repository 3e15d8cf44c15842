import { LOCAL_OWNER } from "../../server/src/core/conversations/conversation.ts";
import { identityOf, onlyModel } from "../../server/src/core/ports/embedding-model.ts";
import { cleanQuery } from "../../server/src/core/search/query-terms.ts";
import { Search } from "../../server/src/core/search/search.ts";
import { createEmbeddedModel } from "../../server/src/llm/providers/builtin/embedded-model.ts";
import { dataDirectoryAt } from "../../server/src/storage/data-directory.ts";
import { Connection } from "../../server/src/storage/sqlite/connection.ts";
import { FullText } from "../../server/src/storage/sqlite/full-text.ts";
import { openSqliteStore } from "../../server/src/storage/sqlite/sqlite-store.ts";
import { createEmbeddedVectorStore } from "../../server/src/storage/vectors/embedded/embedded-vector-store.ts";
import { milliseconds, progress, table } from "./report.ts";
import { type Questions, spread } from "./search-load.ts";

type Times = Map<string, number[]>;

function note(times: Times, phase: string, taken: number): void {
  const list = times.get(phase) ?? [];
  list.push(taken);
  times.set(phase, list);
}

/** The same object, each of whose asynchronous methods notes how long it took. */
function timed<T extends object>(target: T, name: string, times: Times): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => {
        const startedAt = performance.now();
        const result: unknown = Reflect.apply(value, object, parameters);
        if (!(result instanceof Promise)) return result;
        return result.finally(() =>
          note(times, `${name}.${String(key)}`, performance.now() - startedAt),
        );
      };
    },
  });
}

function timesTable(times: Times): string {
  const rows = [...times].map(([phase, values]) => [phase, ...spread(values).map(milliseconds)]);
  return table([["phase", "p50 ms", "p95 ms", "p99 ms"], ...rows]);
}

/** Where a hybrid search spends its time: the product's own Search, in this process, no HTTP. */
export async function searchPhases(
  directory: string,
  questions: Questions,
  count: number,
): Promise<string> {
  const files = dataDirectoryAt(directory);
  const times: Times = new Map();
  const store = await openSqliteStore({ file: files.database, readers: 2 });
  const vectors = createEmbeddedVectorStore({
    databaseFile: files.database,
    directory: files.vectors,
    log: (_level, message) => progress(message),
  });
  const model = createEmbeddedModel({ log: { info: () => undefined, warn: progress } });
  try {
    await model.ready();
    await vectors.warm(LOCAL_OWNER, identityOf(model));
    const search = new Search({
      index: timed(store.index, "rows", times),
      vectors: timed(vectors, "vectors", times),
      models: onlyModel(timed(model, "model", times)),
      clock: () => Date.now(),
      semanticTimeoutMs: 60_000,
    });
    for (let asked = 0; asked < count; asked += 1) {
      if (asked === Math.floor(count / 10)) times.clear();
      const startedAt = performance.now();
      await search.search(LOCAL_OWNER, {
        query: questions.next(),
        filter: { statuses: ["active"] },
        mode: "hybrid",
        limit: 10,
        offset: 0,
        groupByConversation: false,
        neighbours: 0,
        minScore: 0,
      });
      note(times, "whole search", performance.now() - startedAt);
    }
    return timesTable(times);
  } finally {
    await model.close();
    await vectors.close();
    await store.close();
  }
}

/** Notes how long each kind of full-text statement took. */
class TimedConnection extends Connection {
  readonly times: Times = new Map();

  override rows<Row>(sql: string, parameters: readonly unknown[] = []): Row[] {
    const startedAt = performance.now();
    const rows = super.rows<Row>(sql, parameters);
    note(this.times, statementKind(sql), performance.now() - startedAt);
    return rows;
  }
}

function statementKind(sql: string): string {
  if (sql.includes("bm25(")) return "full text: ranking";
  if (sql.includes("AS total FROM (SELECT 1")) return "full text: counting all matches";
  if (sql.includes("AS rows FROM")) return "full text: counting a new word";
  return "full text: other";
}

const RAW = `SELECT rowid, bm25(messages_fts, 0.0, 1.0, 1.0) AS score FROM messages_fts
WHERE messages_fts MATCH ? ORDER BY score LIMIT 100`;

/** Full text alone, in this thread: as planned (frequent words dropped) and with every word. */
export function fullTextPhases(directory: string, questions: Questions, count: number): string {
  const { database } = dataDirectoryAt(directory);
  const connection = new TimedConnection(database, { readOnly: true, cacheMegabytes: 128 });
  try {
    const fullText = new FullText(connection);
    let withDropped = 0;
    for (let asked = 0; asked < count; asked += 1) {
      if (asked === Math.floor(count / 10)) connection.times.clear();
      const { words } = cleanQuery(questions.next(), { speakerWords: new Set() });
      const query = { kind: "words" as const, words: [...words] };
      const startedAt = performance.now();
      const { dropped } = fullText.search(LOCAL_OWNER, { query, filter: {}, limit: 100 });
      note(connection.times, "full text: as the product plans it", performance.now() - startedAt);
      withDropped += dropped.length > 0 ? 1 : 0;
      const rawAt = performance.now();
      connection.database.prepare(RAW).all(words.map((word) => `"${word}"`).join(" OR "));
      note(connection.times, "full text: raw, no word dropped", performance.now() - rawAt);
    }
    const share = ((100 * withDropped) / count).toFixed(0);
    return `${timesTable(connection.times)}\n\nWords were dropped from ${share} % of the questions.`;
  } finally {
    connection.close();
  }
}
