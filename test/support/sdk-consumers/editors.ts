import SekhaClient, { MemoryController, type MemoryControllerConfig, Sekha } from "@sekha/sdk";

/**
 * What the VS Code and Obsidian extensions do, written against the shapes they were written against (wire.md §6.4 and
 * §6.5), compiled with strict. Resolves with what they would show.
 */
export async function asEditorsDo(
  connection: MemoryControllerConfig & { bridgeURL: string; model: string },
): Promise<unknown> {
  const { model, bridgeURL, ...config } = connection;
  const controller = new MemoryController(config);
  const { baseURL: controllerURL, apiKey } = config;
  const { bridge } = new SekhaClient({ controllerURL, bridgeURL, apiKey });
  return {
    ...(await asVsCode(controller)),
    ...(await withModels(bridge, model)),
    ...(await asObsidian(new Sekha(config))),
  };
}

async function asVsCode(controller: MemoryController) {
  const messages = [{ role: "user", content: "Fern spores ripen in late summer." }];
  const created = await controller.create({
    label: "Ferns",
    folder: "/vscode",
    messages,
    tags: ["garden"],
  });
  const { conversations, total } = await controller.list({ limit: 100, filter: "Fern" });
  const listed: { id: string; label: string; tags: string[] } | undefined = conversations[0];
  const found = await controller.fullTextSearch({ query: "spores", limit: 5 });
  const hit:
    | { id: string; label: string; messages: { role: string; content: string }[] }
    | undefined = found.results[0]?.conversation;
  const queried = await controller.query({ query: "spores", limit: 5 });
  const score: number | undefined = queried.results[0]?.score;
  const context = await controller.assembleContext({
    query: "When do spores ripen?",
    context_budget: 400,
  });
  const pinned = await controller.pin(created.id);
  const unpinned = await controller.unpin(created.id);
  await controller.updateLabel(created.id, { label: "Fern spores" });
  await controller.updateFolder(created.id, { folder: "/vscode/garden" });
  await controller.update(created.id, { tags: ["plants"] });
  await controller.addTags(created.id, ["summer"]);
  await controller.removeTags(created.id, ["plants"]);
  const {
    label,
    folder,
    status,
    tags,
    messages: turns,
    created_at,
  } = await controller.get(created.id);
  const { by_status, total: counted } = await controller.count();
  const { suggestions } = await controller.suggestLabel({ messages, count: 3 });
  return {
    total,
    listed: listed?.label,
    hit: hit?.messages[0]?.content,
    scored: score !== undefined && queried.results[0]?.conversation.label !== "",
    context:
      context.assembled_context !== "" && context.conversations_used > 0 && context.tokens_used > 0,
    statuses: [pinned.status, unpinned.status],
    conversation: {
      label,
      folder,
      status,
      tags,
      content: turns[0]?.content,
      dated: created_at !== "",
    },
    counts: by_status.active + by_status.pinned + by_status.archived === counted,
    suggestions: suggestions.every(
      ({ label: name, confidence, reasoning }) =>
        name !== "" && confidence <= 1 && reasoning !== "",
    ),
  };
}

async function withModels(bridge: SekhaClient["bridge"], model: string) {
  const completion = await bridge.complete({
    model,
    messages: [{ role: "user", content: "Continue: fern" }],
    temperature: 0.7,
    max_tokens: 50,
    top_p: 0.9,
  });
  const brief = await bridge.summarize({ text: "Ferns have spores.", level: "brief" });
  const embedded = await bridge.embed({ text: "ferns" });
  const { score } = await bridge.score({ text: "Important: ferns" });
  const { items } = await bridge.extract({ text: "Ada Lovelace likes ferns." });
  return {
    completion: completion.choices[0]?.message.content !== "",
    summary: brief.summary !== "",
    dimension: embedded.embedding.length === embedded.dimension,
    score: score >= 1 && score <= 10,
    items: Array.isArray(items),
  };
}

async function asObsidian(sekha: Sekha) {
  const labels: string[] = [];
  for (const { label } of await sekha.search("spores")) labels.push(label);
  const all = await sekha.listConversations({ label: "Fern spores" });
  const notes = await Promise.all(all.map(({ id }) => sekha.getConversation(id)));
  return {
    searched: labels,
    notes: notes.map(
      ({ label, messages }) => `# ${label}\n${messages.map(({ content }) => content)}`,
    ),
  };
}
