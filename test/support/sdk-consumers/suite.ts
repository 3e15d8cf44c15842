import type { SekhaClient } from "@sekha/sdk";

/**
 * What every consumer of the SDK does against a real server, whatever runs it: Node's modules, CommonJS, a browser.
 * Plain functions without a test framework; each throws when something is wrong.
 */
export interface SuitePlace {
  /** Where this run keeps its conversations, such as /sdk/browser. */
  folder: string;
  controllerURL: string;
  bridgeURL: string;
  proxyURL: string;
  apiKey: string;
  /** A model that answers, one whose answer is cut, and one that says a word and falls silent. */
  models: { whole: string; cut: string; stalled: string };
}

export interface SuiteWorld {
  sdk: typeof import("@sekha/sdk");
  client: SekhaClient;
  place: SuitePlace;
}

export interface SuiteResult {
  name: string;
  error: string | null;
}

const KETTLE = "The kettle whistles at dawn because the timer starts it.";

export const SUITE: Readonly<Record<string, (world: SuiteWorld) => Promise<void>>> = {
  async "stores a conversation and gets it back"(world) {
    const stored = await store(world, KETTLE);
    const { messages, label } = await world.client.conversations.get(stored.id);
    same(
      messages.map(({ content }) => content),
      [KETTLE],
    );
    same(label, "Kettle");
  },

  async "appends, lists and counts"({ client, place }) {
    const folder = `${place.folder}/appended`;
    const { id } = await client.conversations.create({
      folder,
      messages: [{ role: "user", content: "One" }],
    });
    await client.conversations.append(id, [{ role: "assistant", content: "Two" }]);
    const { conversations, total } = await client.conversations.list({ folder });
    same([total, conversations[0]?.message_count], [1, 2]);
    same((await client.conversations.count({ folder })).count, 1);
  },

  async "finds by meaning and by word"(world) {
    await store(world, KETTLE);
    const { client, place } = world;
    const filters = { folder: place.folder };
    const byMeaning = await client.search({ query: "boiling water in the morning", filters });
    same(byMeaning.results[0]?.content, KETTLE);
    const byWord = await client.searchFullText({ query: "whistles", filters });
    same(byWord.results[0]?.text, KETTLE);
  },

  async "assembles a context within its budget"(world) {
    await store(world, KETTLE);
    const asked = { query: "When does the kettle whistle?", context_budget: 500 };
    const { assembled_context, tokens_used } = await world.client.context.assemble(asked);
    claim(assembled_context.includes("kettle whistles at dawn"), assembled_context);
    claim(tokens_used <= asked.context_budget, `${tokens_used} tokens`);
  },

  async "tags, pins and relabels"(world) {
    const { id } = await store(world, KETTLE);
    const { conversations } = world.client;
    same((await conversations.addTags(id, ["kitchen", "noise"])).tags, ["kitchen", "noise"]);
    same((await conversations.removeTags(id, ["noise"])).tags, ["kitchen"]);
    same((await conversations.pin(id)).status, "pinned");
    same((await conversations.unpin(id)).status, "active");
    same((await conversations.setLabel(id, "Tea")).label, "Tea");
  },

  async "prunes, and takes it back"(world) {
    const { id } = await store(world, KETTLE);
    const { client } = world;
    const { archived } = await client.prune.execute({ conversation_ids: [id] });
    same(archived, [id]);
    same((await client.conversations.get(id)).status, "archived");
    await client.prune.undo();
    same((await client.conversations.get(id)).status, "active");
  },

  async "exports, and imports what it exported"(world) {
    const { id } = await store(world, KETTLE);
    const { client } = world;
    let text = "";
    for await (const piece of client.export({ format: "jsonl", conversation_id: id })) {
      text += piece;
    }
    claim(text.includes(KETTLE), text);
    const known = await client.import(text, { filename: "memory.jsonl" });
    same([known.created, known.unchanged], [0, 1]);
    await client.conversations.delete(id);
    const again = await client.import(text, { filename: "memory.jsonl" });
    same([again.refused_total, again.created], [0, 1]);
  },

  async "calls the tools"(world) {
    await store(world, KETTLE);
    const found = await world.client.memory.call("memory_search", { query: "kettle", limit: 3 });
    claim(found.total_results > 0, JSON.stringify(found));
    const { data } = await world.client.mcp.memoryStats({ folder: world.place.folder });
    claim(data.total_conversations > 0, JSON.stringify(data));
  },

  async "streams a chat"({ client, place }) {
    const messages = [{ role: "user" as const, content: "Say something." }];
    let text = "";
    for await (const piece of client.bridge.streamText({ model: place.models.whole, messages })) {
      text += piece;
    }
    claim(text !== "", "no text");
    const whole = await client.bridge.chat({ model: place.models.whole, messages });
    same(whole.choices[0]?.message.content, text);
  },

  async "chats with memory"(world) {
    await store(world, KETTLE);
    const { client, place } = world;
    const { sekha_metadata } = await client.proxy.chat({
      model: place.models.whole,
      messages: [{ role: "user", content: "When does my kettle whistle?" }],
    });
    claim(Number(sekha_metadata.context_count) > 0, JSON.stringify(sekha_metadata));
  },

  async "ends a cut stream in an error"({ sdk, client, place }) {
    const messages = [{ role: "user" as const, content: "Say something." }];
    let pieces = 0;
    const error = await failure(async () => {
      for await (const _ of client.bridge.streamText({ model: place.models.cut, messages })) {
        pieces += 1;
      }
    });
    claim(error instanceof sdk.SekhaError, String(error));
    claim(pieces > 0, "nothing came before the cut");
  },

  async "stops when the caller aborts"({ client, place }) {
    const messages = [{ role: "user" as const, content: "Say something." }];
    const controller = new AbortController();
    const { signal } = controller;
    const error = await failure(async () => {
      const request = { model: place.models.stalled, messages };
      for await (const _ of client.bridge.streamText(request, { signal })) {
        controller.abort(new Error("enough"));
      }
    });
    same((error as Error).message, "enough");
    same(await failure(() => client.stats({}, { signal })), error);
  },

  async "tells errors apart, with status, code and request id"({ sdk, client, place }) {
    const missing = await failure(() => client.conversations.get(crypto.randomUUID()));
    claim(missing instanceof sdk.SekhaNotFoundError, String(missing));
    same([missing.status, missing.code], [404, "not_found"]);
    claim((missing.requestId ?? "") !== "", "no request id");
    const wrong = await failure(() => client.search({ query: "" }));
    claim(wrong instanceof sdk.SekhaValidationError, String(wrong));
    same(wrong.details[0]?.path, "query");
    const stranger = new sdk.SekhaClient({ ...place, apiKey: "sk-of-a-stranger" });
    const refused = await failure(() => stranger.stats());
    claim(refused instanceof sdk.SekhaAuthError, String(refused));
    const nowhere = new sdk.SekhaClient({ controllerURL: "http://127.0.0.1:9", retries: 0 });
    claim((await failure(() => nowhere.stats())) instanceof sdk.SekhaConnectionError, "not told");
  },

  async "goes version 1's ways"({ client, place }) {
    const { folder, models } = place;
    const messages = [{ role: "user", content: "The spare key lies under the blue pot." }];
    const options = { label: "Keys", folder, limit: 3 };
    const { conversation, results } = await client.storeAndQuery(messages, "spare key", options);
    same(conversation.label, "Keys");
    claim(
      results.some(({ conversation: { label } }) => label === "Keys"),
      JSON.stringify(results),
    );
    const answer = await client.completeWithContext("Where is it?", "the spare key", {
      model: models.whole,
    });
    claim(answer.choices[0]?.message.content !== "", JSON.stringify(answer));
    same((await client.healthCheck()).controller.status, "healthy");
  },
};

/** Runs all of it, one after another. */
export async function runSuite(
  sdk: typeof import("@sekha/sdk"),
  place: SuitePlace,
): Promise<SuiteResult[]> {
  const client = new sdk.SekhaClient(place);
  const results: SuiteResult[] = [];
  for (const [name, run] of Object.entries(SUITE)) {
    const error = await failure(() => run({ sdk, client, place }));
    results.push({ name, error: error === undefined ? null : describe(error) });
  }
  return results;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function store({ client, place }: SuiteWorld, content: string) {
  const messages = [{ role: "user", content }];
  const body = { label: "Kettle", folder: place.folder, messages };
  return client.conversations.create(body, { wait: true });
}

/** What it rejects with; undefined when it does not. */
async function failure(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error;
  }
}

function claim(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(`Not so: ${otherwise}`);
}

function same(found: unknown, wanted: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  claim(left === right, `${left} is not ${right}`);
}
