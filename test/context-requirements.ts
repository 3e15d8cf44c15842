/** What issue 5 promises, as far as it is built. Tests cite the ids. */
export const CONTEXT_SECTIONS = [
  {
    source: "issue 5 §1, decisions 6, 21 and 23",
    promises: {
      "context.framing": "recalled messages are framed with conversation, day, speaker and number",
      "context.quoted-data":
        "no stored text, label or name closes the quotation, forges a citation or a role",
      "context.restatements":
        "newer values of one subject by one speaker are found without a model",
      "context.no-duplicates": "equal and nearly equal texts are quoted once, the newer",
      "context.order": "quoted by conversation, oldest first",
      "context.newer-first": "an older statement is marked outdated, the newer one newer",
      "context.exchanges": "an answer comes with its question",
      "context.relevance-floor": "nothing relevant, nothing quoted",
      "context.exclusions": "excluded folders, archives and other owners hold for every source",
      "context.explain": "every candidate is explained",
      "context.budget": "never above the budget less 15 %",
      "context.ranking": "relevance above all, with a half-life of 7 days",
      "context.wire": "a bare array or an object, as decision 6 says",
      "context.diversity": "several conversations are heard",
      "context.excerpts": "long messages are quoted by marked passages",
      "context.sdk": "client.context.assemble needs only a query",
    },
  },
] as const;
