/** What issue 4 promises, by section. Tests cite the ids. */
export const STORAGE_SECTIONS = [
  {
    source: "issue 4 §1, migration guide: configuration",
    promises: {
      "migrate.config": "sekha migrate config writes the guide's configuration and summary",
      "migrate.config-twice": "a second run changes nothing",
      "migrate.config-options":
        "--dry-run writes nothing; nothing is replaced without --yes and a copy",
      "migrate.config-valid": "nothing is written that a start would refuse",
      "migrate.env-as-shell": "odd .env files are read as a shell would",
      "migrate.secrets-stay": "keys stay in .env, by reference",
      "migrate.toml": "v1's config.toml is read, flat and nested",
      "migrate.finds-v1": "the new configuration leads to v1's file",
    },
  },
  {
    source: "issue 4 §1, migration guide, line by line",
    promises: {
      "migrate.guide-script": "the script prints the guide's output",
      "migrate.guide-config": "step 3's file is what the script writes",
      "migrate.guide-start": "step 4: v2 starts beside v1's file, which stays as it was",
      "migrate.guide-verify": "step 5's requests are answered as the guide has it",
      "migrate.guide-store": "step 6 stores and logs its line",
      "migrate.guide-v1-routes": "v1's bridge routes still answer",
      "migrate.guide-no-reembed": "nothing need be embedded again by hand",
      "migrate.guide-log": "the guide's log lines are written",
      "migrate.guide-openai": "OpenAI can be added afterwards",
      "migrate.guide-fallback": "priority 1, then 2, then an error with advice",
      "migrate.guide-side-by-side": "other ports run beside v1",
      "migrate.guide-legacy": "legacy mode works without llm_providers",
      "migrate.guide-no-providers": "an answer without providers says so in the guide's words",
      "migrate.guide-config-check": "sekha config check names the line",
      "migrate.guide-breaker": "an open breaker shows, a restart resets it",
      "migrate.guide-costs": "cost limits hold",
      "migrate.rollback": "quick and full rollback are byte-identical and readable by v1",
      "migrate.guides-valid": "every YAML block of the guides is valid",
    },
  },
  {
    source: "issue 4 §1, decisions 30 and 33: v1's data",
    promises: {
      "v1.data-command":
        "sekha migrate data brings version 1's memory over, with counts before and after",
      "v1.data-verified":
        "every conversation and message is compared byte for byte; --verify does it alone",
      "v1.data-untouched": "the old file, its -wal and -shm are never written",
      "v1.data-merge": "a memory that is there gets only what it lacks, and only when told",
      "v1.data-refusals": "missing, damaged or unknown files are refused and left as they were",
      "v1.data-first-start": "the first start brings version 1's memory over by itself and says so",
      "v1.data-word-at-once": "what came over is found by word at once",
      "v1.data-database-url": "a database_url that names the old file means the new one beside it",
      "v1.data-killed": "SIGKILL at random moments of the first start loses and doubles nothing",
      "v1.to-postgres":
        "version 1's memory comes into PostgreSQL by two commands, every conversation as it is in SQLite",
      "v1.data-rollback": "version 1 opens its file and its backup after version 2 ran on them",
    },
  },
  {
    source: "issue 4 §2: ChromaDB",
    promises: {
      "chroma.down": "a Chroma server that is out is said with what to do",
      "chroma.degraded":
        "while Chroma is down search goes on by word and says so, messages wait and none is given up",
      "chroma.crash": "Chroma killed in the middle of a load: nothing lost, nothing doubled",
      "chroma.refill":
        "a Chroma that lost its data is filled from the rows without embedding again",
      "chroma.retries": "calls are repeated with growing waits on 429 and 5xx",
      "chroma.ten-thousand": "the nearest of 10,000 vectors are found, also behind filters",
      "chroma.legacy":
        "v1's collection is searched beside the new ones without re-embedding, whatever its space",
      "chroma.legacy-moved":
        "a rebuild with the same model moves v1's vectors without embedding; the old collection stays",
      "chroma.requests":
        "a search over Chroma is one request where enough of the nearest pass; given messages' cosines are none",
      "chroma.rows-by-index":
        "the vectors of given messages are read by index, whatever else their owner has",
    },
  },
  {
    source: "issue 4 §3: PostgreSQL, several controllers",
    promises: {
      "storage.rls": "row-level security keeps owners apart even where a statement forgets to",
      "pgvector.recall":
        "recall@10 of pgvector's index is at least .99, other owners' vectors beside it",
      "pgvector.filtered-recall": "a filter that leaves a fifth keeps recall@10 at .99",
      "controllers.leader": "one leader at a time among controllers, another when it goes",
      "controllers.notified": "controllers hear of each other's changes, not of their own",
      "migrate-storage.round-trip":
        "SQLite to PostgreSQL to SQLite is the same row by row; the source is unchanged",
      "migrate-storage.resumed": "a broken-off migration goes on where it was; the half is refused",
      "migrate-storage.kill":
        "killed on the way, resumed, verified, served on both sides, and back",
    },
  },
  {
    source: "issue 4 §3: tenants",
    promises: {
      "tenants.crossing":
        "no route of controller or bridge reads, finds, counts or changes another user's memory",
      "tenants.scopes":
        "a key does only what its scopes say, on every route; 403 names the missing scope",
      "tenants.dead-keys": "missing, unknown, revoked, rotated and expired keys open nothing",
      "tenants.silent": "metrics name no user; logs hold no secret and nothing people said",
      "tenants.erase": "an erased user is gone with keys and memory; others are untouched",
      "tenants.costs": "what was spent is told by user to an administrator's key only",
      "tenants.embedding-costs": "embedding a message, or a question, is the spending of its owner",
    },
  },
  {
    source: "issue 4 §4: containers and clusters",
    promises: {
      "deploy.compose": "compose files are valid, and give Sekha settings that it knows",
      "deploy.helm": "the chart renders what Kubernetes takes, and refuses values that cannot work",
      "deploy.helm-costs": "what a bridge in a cluster has spent outlives its pod",
      "deploy.monitoring": "alerts and dashboard ask for series and labels that exist",
      "deploy.services": "nginx and systemd take their files",
    },
  },
] as const;
