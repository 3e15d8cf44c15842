/** What issue 3 promises of the LLM bridge, by section. Tests cite the ids. */
export const BRIDGE_SECTIONS = [
  {
    source: "issue 3 §1, bridge.md",
    promises: {
      "bridge.official-clients":
        "the official OpenAI, Anthropic and Ollama clients work over every provider type",
      "bridge.passthrough":
        "requests and answers in OpenAI's format pass as they are but for model, auth and usage",
      "bridge.error-mapping": "every provider's errors become one category, whole and streamed",
      "bridge.stream-end-is-real":
        "a cut, malformed, erroneous or empty stream never looks like a clean end",
      "bridge.faults-every-provider": "every provider's client meets every fault as it should",
      "bridge.vectors-checked": "NaN, zero, short, long or missing vectors are refused",
      "bridge.embedding-checks": "embeddings that cannot be right move on to the next candidate",
      "bridge.ollama-window":
        "Ollama's window is set from the configuration; a prompt that does not fit is an error",
      "bridge.bounded-concurrency": "a provider gets at most max_concurrency requests at a time",
      "bridge.free-probes": "a provider is probed by its model list, never by a paid call",
      "bridge.no-secrets-echoed": "providers' texts are shown without keys and addresses",
      "bridge.failure-says-what-to-do":
        "a failure names provider, model, status and the key to mend, never the key itself",
      "bridge.builtin":
        "without a chat model, summaries, labels, entities and importance come from rules and say so",
    },
  },
  {
    source: "issue 3 §2, decisions 14, 18 and 20",
    promises: {
      "bridge.registry-config": "the guide's providers and default models are read",
      "bridge.registry-timers": "timers have defaults, and a model's win over its provider's",
      "bridge.registry-free": "local models are free unless the configuration says otherwise",
      "bridge.key-rotation": "several keys are used in turn",
      "bridge.key-refused": "a refused key is skipped, and another one serves",
      "bridge.keys": "a provider whose one key is refused serves with its other",
      "bridge.reload":
        "a reload swaps everything at once; calls under way keep what they began with",
      "bridge.hot-reload":
        "a changed file and SIGHUP are taken over while it runs; a wrong one changes nothing",
      "bridge.cli-providers": "sekha providers lists, tests, watches and resets providers",
      "bridge.cli-costs": "sekha costs shows what was spent and what budgets are left",
      "bridge.cli-doctor":
        "doctor finds providers that cannot be reached and keys that are missing",
      "bridge.sdk-client": "the SDK speaks to the bridge",
      "bridge.providers-guide": "every example of the providers guide is a valid configuration",
      "bridge.test-provider": "a provider is tested for free, or with one small call on request",
      "bridge.reset": "a provider's breakers can be reset through the API",
    },
  },
  {
    source: "issue 3 §3, decisions 16 and 17",
    promises: {
      "bridge.route": "POST /api/v1/route answers the guide's shape, with all candidates",
      "bridge.guide-route": "the guide's configuration routes as the guide says",
      "bridge.route-default": "the default model comes first and says so",
      "bridge.route-preferred":
        "a model can be asked for by id, provider/model, provider:model or tag",
      "bridge.route-order": "free, region, priority, then configuration order candidates",
      "bridge.route-stand-in":
        "a chat task without a model of its own is served by the nearest, and says so",
      "bridge.route-vision": "images go only to models that see",
      "bridge.vision-only": "also on fallback, images go only to models that see",
      "bridge.route-wrong-task": "an embedding never goes to a chat model",
      "bridge.route-invalid-task": "an unknown task is an error that names all",
      "bridge.route-one-vector-space": "embeddings fall back to the same model and dimension only",
      "bridge.embedding-identity": "a memory's vectors come from one model, or not at all",
      "bridge.route-cost": "limits and unknown prices refuse; what is free is never blocked",
      "bridge.route-explained": "a failure names candidates, reasons and remedies",
      "bridge.route-rules": "what is accepted breaks no rule",
      "bridge.route-all-listed": "every candidate is listed once",
      "bridge.route-explains-execution": "the explained order is the executed one",
      "bridge.explain-is-execute": "explaining and executing are one plan",
      "bridge.model-names": "a model name of any client finds a model, and the answer says which",
      "bridge.all-failed": "when everything fails: what was tried, why, and what to do",
      "bridge.all-misconfigured": "when every key is refused the answer is 502 and says so",
      "bridge.errors": "each face answers errors in its own shape",
      "bridge.context-length": "a prompt too long moves on to larger windows only",
    },
  },
  {
    source: "issue 3 §3, bridge.md semantics 1 to 4, 9, 11 and 12",
    promises: {
      "bridge.commit-point": "nothing reaches the client before the first real token",
      "bridge.commit-complete":
        "with commit complete a whole answer is buffered, with full failover",
      "bridge.no-fake-end":
        "a failure after the first token is told in the stream, without an end mark",
      "bridge.fallback": "the next candidate is tried before the first token",
      "bridge.failure-classes": "the class of a failure decides what is tried and what is counted",
      "bridge.timers": "five timers and one deadline; a silent route is not tried again",
      "bridge.last-first-token": "the last attempt is not cut by the first-token timer",
      "bridge.settle-once":
        "permits, reservations and counters are given back exactly once on every way out",
      "bridge.breaker": "three failures in a row open a model's breaker",
      "bridge.breaker-one-probe": "a hundred requests at a half-open breaker make one probe",
      "bridge.breaker-model": "the breaker does what a reference model does",
      "bridge.breaker-reset": "a provider's breakers and keys can be reset",
      "bridge.breaker-reload": "breaker state outlives a reload",
      "bridge.retry-after": "Retry-After pauses one model without counting",
      "bridge.cancel": "a client that leaves ends the upstream request",
      "bridge.cancel-propagates":
        "a caller who leaves ends the upstream request within milliseconds, streaming or not",
      "bridge.free-health": "health costs nothing",
      "bridge.provider-health": "health shows each provider and breaker in both shapes",
      "bridge.attempt-trail": "every answer says who served it and what was tried",
      "bridge.metrics": "Prometheus shows durations, tokens, costs and Sekha's own overhead",
      "bridge.no-prompts-logged": "no prompt is logged",
    },
  },
  {
    source: "issue 3 §4",
    promises: {
      "bridge.legacy-embed": "v1's routes for embeddings answer as before, single and batch",
      "bridge.text-tasks":
        "summaries, entities and scores name the model that served; all of a long text is read",
      "bridge.anthropic-face": "Anthropic's clients can use any provider",
      "bridge.ollama-face": "Ollama's clients can use any provider",
      "bridge.responses-face":
        "OpenAI's Responses API works over any provider; what is not offered is refused by name; a broken stream never ends as complete",
      "bridge.official-responses":
        "the official OpenAI client gets responses from every provider type: whole, streamed, tools, images, structured output, faults",
      "bridge.key": "with a bridge key every route but health needs one",
      "bridge.open-loopback": "without one, programs on this machine need none",
      "bridge.bad-input": "bad input is never a 5xx, and always the face's error body",
      "bridge.images": "an image reaches each provider type in its form; none is ever dropped",
      "bridge.image-limits":
        "count, size and format are checked by the image's bytes; a clear 400 names image and limit",
      "bridge.ssrf":
        "private, link-local, redirected, rebinding and oddly spelled addresses are not fetched",
    },
  },
  {
    source: "issue 3 §5, decision 19",
    promises: {
      "bridge.price-exact": "a snapshot is priced as its own model, never by a prefix",
      "bridge.unknown-price": "an unknown price is never zero",
      "bridge.cost-usage": "cached, written and reasoning tokens are priced as counted",
      "bridge.cost-provider": "OpenRouter's usage.cost wins",
      "bridge.price-arithmetic": "price arithmetic is additive, monotone and rounded up once",
      "bridge.budget": "402 with limit, spent, asked and reset",
      "bridge.budget-bound":
        "money is set aside for the longest answer that the provider is held to: the request's limit, else the model's",
      "bridge.budget-free": "free models are never blocked; an unknown price is, under any limit",
      "bridge.budget-refused": "a refused budget is told with its numbers, and a free model serves",
      "bridge.budget-concurrent": "concurrent requests never exceed a budget",
      "bridge.budget-restart": "a restart forgets no spending",
      "bridge.budget-disk": "a failing disk lets no paid call begin under a budget, but free ones",
      "bridge.cost-crash": "leases of a dead process count as spent",
      "bridge.cost-report": "costs by provider, model, key and day; unpriced requests are named",
    },
  },
  {
    source: "issue 3 §6, decision 20",
    promises: {
      "bridge.embeds-memory": "the controller embeds through the router",
      "bridge.log-lines": "the log has the guide's lines",
      "bridge.queue-waits": "an outage of the embedder loses and parks nothing",
      "bridge.split": "controller and bridge work in processes of their own",
      "bridge.model-change":
        "a memory whose model changed is searched in every collection and embedded again online",
    },
  },
  {
    source: "issue 3, what it must show",
    promises: {
      "bridge.faults-complete": "the sixteen faults in commit complete: all pass",
      "bridge.faults-first-token": "the sixteen faults in commit first_token: none fails",
      "bridge.more-faults": "our own faults: keys, bodies, DNS, clients that leave, clock jumps",
    },
  },
] as const;
