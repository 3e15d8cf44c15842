import { BRIDGE_SECTIONS } from "./bridge-requirements.ts";
import { CLI_SECTIONS } from "./cli-requirements.ts";
import { CONTEXT_SECTIONS } from "./context-requirements.ts";
import { IMPORTANCE_SECTIONS } from "./importance-requirements.ts";
import { MCP_SECTIONS } from "./mcp-requirements.ts";
import { PROXY_SECTIONS } from "./proxy-requirements.ts";
import { PRUNING_SECTIONS } from "./pruning-requirements.ts";
import { SDK_SECTIONS } from "./sdk-requirements.ts";
import { STORAGE_SECTIONS } from "./storage-requirements.ts";
import { SUMMARIES_SECTIONS } from "./summaries-requirements.ts";

/** One promised behaviour. Tests cite it with `[req:ID]` at the end of their title. */
export interface Requirement {
  id: string;
  text: string;
  source: string;
}

interface Section {
  source: string;
  /** By id. */
  promises: Readonly<Record<string, string>>;
}

const SECTIONS: readonly Section[] = [
  {
    source: "issue 2 §1, what it must show",
    promises: {
      "start.one-command": "one command starts Sekha with nothing else installed or configured",
      "start.embedded-default": "without key and network the embedded model is the default",
      "start.green-in-10-s": "health is green within 10 s of the start",
      "start.clear-failure": "a failed start says what is wrong and leaves no lock",
      "house.readme-tour": "every command of the README's tour works when it is pasted",
      "house.generated-files": "generated files are what their script makes",
    },
  },
  {
    source: "issue 2 §2, decisions 14 and 29",
    promises: {
      "config.frozen": "one validated configuration, frozen at every depth",
      "config.without-file": "without a file the embedded default serves on loopback",
      "config.dialects": "all three dialects of YAML are read",
      "config.variables": "SEKHA__A__B overrides any key, list indices and JSON included",
      "config.expansion": "references to variables are expanded anywhere, with defaults",
      "config.find-file": "the file is found by SEKHA__CONFIG_FILE, CONFIG_PATH or ./config.yaml",
      "config.legacy-mode": "without llm_providers the variables of v1 work as before",
      "config.errors": "errors name line, key, nearest known key and variable",
      "config.schema": "the JSON Schema for editors comes from the same source",
      "config.validate-route": "POST /api/v1/config/validate checks a configuration",
      "cli.config-check": "sekha config check checks a configuration",
      "data.directory": "data lie in SEKHA_DATA_DIR, with the file, or in ~/.sekha",
      "start.one-server-per-directory": "one server owns a data directory; a second one refuses",
      "start.lock-freed-by-death": "however a server ends, the next one may start",
      "start.loopback-only": "it listens on loopback only unless told otherwise",
      "start.taken-port": "a taken port is said with the setting to change",
    },
  },
  {
    source: "issue 2 §3, decisions 2, 28 and 30",
    promises: {
      "store.durable-answer": "an answer means that the rows are durable",
      "store.queue-survives": "the embedding queue survives a crash and a restart",
      "storage.migrations": "migrations are numbered and atomic, with a copy of the file before",
      "storage.foreign-file": "a file of another program or of v1 is never written",
      "storage.newer-file": "a file of a newer Sekha is refused with what to do",
      "storage.owners": "every row has an owner, and no call crosses owners",
      "storage.conformance": "one conformance suite holds every store to the port",
      "storage.paged": "big reads are paged; memory stays bounded",
      "storage.group-commit": "writes that wait together share a commit",
    },
  },
  {
    source: "issue 2 §4, decisions 20 and 31",
    promises: {
      "embedding.waits-for-model": "requests before the model is loaded wait and do not fail",
      "embedding.chunks": "long texts are chunked with overlap; nothing is cut silently",
      "embedding.queries-first": "a query goes before background work",
      "embedding.retry": "failures are retried with backoff, then parked with the reason",
      "embedding.status": "GET /api/v1/embeddings/status shows queue, model and failures",
      "embedding.rebuild": "POST /api/v1/rebuild-embeddings is a job that shows its progress",
      "embedding.rebuild-resumes": "a rebuild that was cut off goes on at the next start",
      "embedding.collections": "one collection per dimension: conversations_{dimension}",
      "embedding.models-apart": "two models of one dimension never mix",
      "embedding.log-lines": "the log carries the guide's lines",
      "vectors.exact": "the vector search is exact or has recall@10 of at least 0.99",
      "vectors.filtered": "vectors are searched under any filter",
    },
  },
  {
    source: "issue 2 §5, decisions 5, 13 and 35",
    promises: {
      "search.hybrid": "meaning and words side by side, with snippet and mode",
      "search.scores": "scores are relevance from 0 to 1, descending",
      "search.filters": "folder, label, tags, role, status, time and importance narrow a search",
      "search.paging": "limit, offset, page and total work",
      "search.archived": "archived conversations are left out unless asked for",
      "search.grouped": "results by conversation on request",
      "search.neighbours": "neighbouring turns on request",
      "search.degrades": "a slow embedder never stalls a search: it answers by word and says so",
      "search.fts": "full-text search never fails on user text, is ranked and has snippets",
      "search.languages": "texts without spaces between words are found by word",
    },
  },
  {
    source: "issue 2 §6, decisions 1 to 4, 7, 8, 11 and 33",
    promises: {
      "store.answer": "POST /api/v1/conversations answers 201 with every promised field",
      "store.defaults": "folder and label have defaults",
      "store.idempotency-key": "the same Idempotency-Key and body never store twice",
      "store.wait": "?wait=true answers once the messages have their vectors",
      "store.embedding-status": "a conversation shows its embedding_status",
      "store.batch": "a batch is stored whole or not at all",
      "store.parts": "multimodal content is kept as given and its text indexed",
      "store.any-text": "any text comes back as it was sent",
      "change.routes": "every change answers the changed conversation; unknown ids are 404",
      "change.pin": "pinning sets importance 10; unpinning restores the score before",
      "list.shapes": "lists have hits for old clients and full items, with every filter",
      "stop.drains": "SIGTERM answers what is under way and loses nothing acknowledged",
    },
  },
  {
    source: "issue 2 §6, decisions 7, 9, 15, 27 and 32",
    promises: {
      "http.rate-limit": "a rate limit per key, per address without, with headers and 429",
      "http.request-id": "every answer and its log line share a request id",
      "http.logs": "logs are structured and hold no content",
      "http.body-limit": "bodies beyond 10 MB are 413",
      "http.metrics": "/metrics has counts, latencies and queue depth for Prometheus",
      "http.openapi": "/openapi.json is generated from the contract",
      "http.docs": "/docs is a readable page",
      "http.old-routes": "the routes only old clients know answer",
      "compat.old-routes": "every call of every known old client works unmodified",
      "http.health": "/health is the union of all shapes, 503 only when rows are out of reach",
      "errors.body": "every failure has the JSON error body",
      "errors.no-internals": "an unexpected error shows no internals",
      "keys.first-key":
        "beyond loopback the first start makes a key, shows it once, keeps its hash",
      "keys.needed-once-made": "as soon as a key exists, loopback needs it too",
      "keys.api": "keys are made, listed and revoked; revoking holds at once",
      "keys.dns-rebinding": "without a key the Host and Origin headers are checked",
      "keys.cors": "with a key, CORS follows the configuration",
    },
  },
  {
    source: "issue 2 §6, decisions 34",
    promises: {
      "erase.everywhere": "deleting leaves no word in any file of the data directory",
      "erase.vectors": "deleting takes the vectors away",
    },
  },
  {
    source: "issue 2 §7, decisions 24 and 36",
    promises: {
      "import.chatgpt": "ChatGPT exports are imported, the current branch only",
      "import.claude": "Claude exports are imported",
      "import.formats": "XML, Markdown, text and JSON Lines are imported, detected by content",
      "import.zip": "exports are imported from their ZIP",
      "import.timestamps": "original times are kept",
      "import.twice": "the same file twice changes nothing",
      "import.grown": "a grown export appends its new messages and changes nothing else",
      "import.report": "the end tells what was imported, extended, unchanged and refused",
      "import.refusals": "one bad conversation is refused with its reason and loses no other",
      "import.job": "a long import is a job with progress",
      "import.streams": "a large export needs little memory",
      "import.cli": "sekha import takes files, folders and ZIP archives",
      "import.progress-bar": "sekha import shows a bar with rate and remaining time",
      "import.watched-folder": "a file in <data>/import is imported and moved to imported",
      "export.jsonl": "exports are JSON Lines",
      "export.markdown": "exports are Markdown",
      "export.filters": "exports by folder, label and date",
      "export.round-trip": "what was exported is imported again with nothing lost",
      "backup.online": "a backup while writing is whole",
      "backup.restore": "a backup is restored",
    },
  },
  {
    source: "issue 2 §8",
    promises: {
      "cli.search": "sekha search finds what the API finds",
      "cli.reading": "sekha list, show, stats, status and doctor",
      "cli.export": "sekha export",
      "cli.keys": "sekha keys create, list and revoke",
      "cli.json": "--json for machines",
      "cli.tables": "tables fit the terminal, colour only on a terminal",
      "cli.exit-codes": "exit codes and help say what happened and what to do",
    },
  },
  {
    source: "issue 2, what it must show",
    promises: {
      "durable.kill-ingest": "SIGKILL during ingest loses nothing acknowledged",
      "durable.kill-import": "SIGKILL during an import loses nothing; importing again completes it",
      "durable.no-duplicates": "after deaths and repeats nothing is there twice",
      "durable.word-at-once": "after a restart everything is found by word at once",
      "durable.meaning-after-drain": "and by meaning once the queue has drained",
      "durable.full-disk": "a full disk refuses, loses nothing, and is survived",
      "durable.vector-file": "a damaged vector file is rebuilt from the rows, said in the log",
      "bad-input.every-route": "no input to any route gives a 5xx, a stack or another body",
    },
  },
  ...BRIDGE_SECTIONS,
  ...STORAGE_SECTIONS,
  ...CLI_SECTIONS,
  ...CONTEXT_SECTIONS,
  ...IMPORTANCE_SECTIONS,
  ...MCP_SECTIONS,
  ...PROXY_SECTIONS,
  ...PRUNING_SECTIONS,
  ...SDK_SECTIONS,
  ...SUMMARIES_SECTIONS,
];

export const REQUIREMENTS: readonly Requirement[] = SECTIONS.flatMap(({ source, promises }) =>
  Object.entries(promises).map(([id, text]) => ({ id, text, source })),
);

/** Promises that a script of package.json proves, because a test would be too slow or too early. */
export const PROVEN_BY_SCRIPT: readonly (Requirement & { script: string })[] = [
  {
    id: "sdk.package",
    text: "publint and attw find nothing wrong with the SDK's package",
    source: "issue 6 §2",
    script: "test:package",
  },
  {
    id: "bench.recall",
    text: "recall against plain BM25 on LoCoMo-dev and BEAM-dev",
    source: "issue 2, what it must show",
    script: "bench:recall",
  },
  {
    id: "bench.search",
    text: "search times at 100,000 and 1,000,000 messages",
    source: "issue 2, what it must show",
    script: "bench:search",
  },
  {
    id: "bench.ingest",
    text: "messages stored and embedded in a second, and searches meanwhile",
    source: "issue 2, what it must show",
    script: "bench:ingest",
  },
  {
    id: "bench.migrate",
    text: "a v1 memory of 100,000 messages brought over and compared in 60 s and 500 MB",
    source: "issue 4, what it must show",
    script: "bench:migrate",
  },
  {
    id: "bench.several",
    text: "two controllers under load: nothing lost or doubled while things die",
    source: "issue 4, what it must show",
    script: "bench:several",
  },
  {
    id: "bench.storage",
    text: "store and search figures for each engine",
    source: "issue 4, what it must show",
    script: "bench:storage",
  },
  {
    id: "deploy.image",
    text: "the image's steps run, its program starts as a user, and it is below 400 MB",
    source: "issue 4 §4",
    script: "test:image",
  },
  {
    id: "durable.fifty-deaths",
    text: "fifty deaths by SIGKILL in the soak test",
    source: "issue 2, what it must show",
    script: "test:soak",
  },
  {
    id: "house.layers",
    text: "the import table of ARCHITECTURE.md is checked",
    source: "issue 2 §1",
    script: "layers",
  },
  {
    id: "house.dead-code",
    text: "unused code is found",
    source: "issue 2 §1",
    script: "deadcode",
  },
  {
    id: "house.style",
    text: "style is checked",
    source: "issue 2 §1",
    script: "lint",
  },
];
