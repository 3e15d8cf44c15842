import { describe, expect, test } from "vitest";
import { remoteLanguageTasks } from "./remote-language-tasks.ts";

/** A bridge that answers by a script, with what it was asked. */
function bridgeWith(script: (path: string) => Response | Promise<Response>) {
  const asked: { path: string; headers: Headers; body: unknown }[] = [];
  const tasks = remoteLanguageTasks({
    url: "http://bridge",
    apiKey: "bridge-key",
    fetch: async (input, init) => {
      const path = String(input).replace("http://bridge", "");
      const body = init?.body === undefined ? undefined : JSON.parse(String(init.body));
      asked.push({ path, headers: new Headers(init?.headers), body });
      return script(path);
    },
  });
  return { tasks, asked };
}

const call = { owner: "Žofie", background: true, signal: new AbortController().signal };
const order = { texts: ["one", "two"], level: "weekly" as const, maxWords: 90 };

describe("what memory asks of a bridge elsewhere [req:tasks.port]", () => {
  test("goes there with its key, whose costs they are, and that nobody waits", async () => {
    const { tasks, asked } = bridgeWith(() =>
      Response.json({ summary: "Both.", model: "small", method: "model", tokens_used: 3 }),
    );
    expect(await tasks.summarize(order, call)).toEqual({
      summary: "Both.",
      model: "small",
      method: "model",
    });
    const [{ path, headers, body } = { path: "", headers: new Headers(), body: null }] = asked;
    expect(path).toBe("/api/v1/summarize");
    expect(headers.get("authorization")).toBe("Bearer bridge-key");
    expect(headers.get("x-sekha-owner")).toBe("%C5%BDofie");
    expect(headers.get("x-sekha-background")).toBe("true");
    expect(body).toEqual({ messages: ["one", "two"], level: "weekly", max_words: 90 });
  });

  test("says that somebody waits by saying nothing", async () => {
    const { tasks, asked } = bridgeWith(() =>
      Response.json({ score: 7.5, reasoning: "A plan.", model: "m", method: "rules" }),
    );
    expect(await tasks.score("a plan", { ...call, background: false })).toEqual({
      score: 7.5,
      reasoning: "A plan.",
      model: "m",
      method: "rules",
    });
    expect(asked[0]?.headers.has("x-sekha-background")).toBe(false);
  });

  test("labels a text with the existing labels beside it [req:labels.suggest]", async () => {
    const labels = [{ label: "Garden", confidence: 0.8, reason: "Roses." }];
    const { tasks, asked } = bridgeWith(() =>
      Response.json({ labels, model: "small", method: "model", tokens_used: 3 }),
    );
    const wish = { text: "roses", existing: ["Garden"], count: 3 };
    expect(await tasks.labels(wish, call)).toEqual({ labels, model: "small", method: "model" });
    expect(asked).toMatchObject([{ path: "/api/v1/labels", body: wish }]);
  });

  test("finds facts in texts there [req:facts.extract]", async () => {
    const facts = [{ subject: "user", attribute: "rent", value: "900", source: 0 }];
    const { tasks, asked } = bridgeWith(() =>
      Response.json({ facts, model: "small", method: "model", tokens_used: 3 }),
    );
    expect(await tasks.facts(["My rent is 900"], call)).toEqual({
      facts,
      model: "small",
      method: "model",
    });
    expect(asked).toMatchObject([{ path: "/api/v1/facts", body: { texts: ["My rent is 900"] } }]);
  });

  test.each([
    [["embedding"], false],
    [["chat_fast"], true],
    [["chat_smart"], true],
    [["poems"], false],
  ])("has a chat model where tasks are %j: %s", async (tasksOfModel, expected) => {
    const { tasks } = bridgeWith(() => Response.json([{ tasks: tasksOfModel }]));
    expect(await tasks.hasChatModel()).toBe(expected);
  });

  test.each([
    [503, "providers_unavailable"],
    [401, "providers_unavailable"],
    [402, "budget_exceeded"],
    [400, "invalid_request"],
  ])("that answers %i is the error %s, with its words", async (status, code) => {
    const { tasks } = bridgeWith(() => new Response("model asleep", { status }));
    await expect(tasks.summarize(order, call)).rejects.toMatchObject({
      code,
      message: expect.stringContaining("model asleep"),
    });
  });

  test("that is not there is said with what to do", async () => {
    const { tasks } = bridgeWith(() => Promise.reject(new Error("refused")));
    await expect(tasks.summarize(order, call)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("llm_bridge_url"),
    });
  });

  test("that stops because the caller is gone is no outage", async () => {
    const { tasks } = bridgeWith(() => Promise.reject(new Error("aborted")));
    const gone = AbortSignal.abort(new Error("gone"));
    await expect(tasks.summarize(order, { ...call, signal: gone })).rejects.toThrow("gone");
  });
});
