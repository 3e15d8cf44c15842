/** What issue 5 promises of the proxy. Tests cite the ids. */
export const PROXY_SECTIONS = [
  {
    source: "issue 5 §3, decisions 7, 15, 22 and 27, wire.md §3: the faces",
    promises: {
      "proxy.untouched": "everything of a request passes as it is but the memory",
      "proxy.block-beside-turn": "recalled memory stands before the words of its user turn",
      "proxy.prefix-stable": "a turn that is added leaves the prompt before it byte by byte",
      "proxy.valid-prompt": "roles, results of tools and cache marks stay as the protocol has them",
      "proxy.one-spelling": "a turn is spelled the same in every protocol, streamed or sent back",
      "proxy.request-fields": "a request says in body or headers how memory is to be used",
      "proxy.memory-mode": "X-Sekha-Memory turns memory off, or one half of it on",
      "proxy.explain": "a dry look shows what would be sent and why, and changes nothing",
      "proxy.preferred-models": "a request that names no model gets the preferred one",
      "proxy.images-of-client": "images are looked for only in what the client sent",
      "proxy.metadata": "sekha_metadata tells of routing, context and memory, streamed too",
      "proxy.capture-after": "what was said is kept after the answer",
      "proxy.capture-partial": "a cut answer is kept as far as it came, and marked",
      "proxy.client-gone": "a client that leaves ends the work for it at once",
      "proxy.bridge-gone": "without the bridge the error says where it should be",
      "proxy.errors": "each protocol gets errors in its own shape",
      "proxy.passed-routes": "models, embeddings and Ollama's pages come from the bridge",
      "proxy.keys": "a client's key is Sekha's, needed as decision 15 says, with scopes",
      "proxy.key-stays": "a client's key never reaches the bridge or a provider",
      "proxy.health": "health says how controller, bridge and proxy are",
      "proxy.info": "/api/info, /, /metrics and /openapi.json say what this is",
      "proxy.split": "the proxy runs alone, with a clear error for what it lacks",
      "proxy.official-clients":
        "the official OpenAI, Anthropic and Ollama clients have memory over every provider type",
      "proxy.two-sessions":
        "what is told through one client and provider is recalled through another",
      "proxy.excluded-folders": "an excluded folder is never recalled",
      "proxy.nothing-twice": "nothing is stored twice after 20 turns",
      "proxy.no-vision-from-memory": "an image in memory turns no text request into a vision one",
      "proxy.faults": "the table of faults: what the client sees and what is stored",
      "proxy.quoted-data": "stored text arrives as quoted data, whatever it says",
    },
  },
];
