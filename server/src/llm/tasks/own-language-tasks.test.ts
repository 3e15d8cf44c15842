import { describe, expect, test } from "vitest";
import { GatewayError } from "../gateway.ts";
import { createBuiltinText } from "../providers/builtin/builtin-text.ts";
import type { ModelEntry } from "../registry/entries.ts";
import { fakeGateway, modelEntry, type Script } from "./__fixtures__/fake-gateway.ts";
import { ownLanguageTasks } from "./own-language-tasks.ts";
import { TextTasks } from "./text-tasks.ts";

function tasksWith(script: Script, models?: ModelEntry[]) {
  const { gateway, asked } = fakeGateway(script, models);
  const builtin = createBuiltinText();
  const tasks = ownLanguageTasks(new TextTasks({ gateway, builtin }));
  return { tasks, asked };
}

const call = { owner: "ann", background: true, signal: new AbortController().signal };
const embeddingOnly = [modelEntry({ tasks: ["embedding"], dimension: 384 })];
const noCalls: Script = () => {
  throw new Error("no model is to be asked");
};
const order = { texts: ["user: The key is under the mat."], level: "daily" as const };

describe("what memory asks of models [req:tasks.port]", () => {
  test("is answered by the small model, under the owner's name", async () => {
    const { tasks, asked } = tasksWith(() => "A key.");
    expect(await tasks.hasChatModel()).toBe(true);
    expect(await tasks.summarize(order, call)).toEqual({
      summary: "A key.",
      model: "small-model",
      method: "model",
    });
    expect(asked[0]?.options).toMatchObject({ owner: "ann", background: true, task: "chat_small" });
  });

  test("is answered by rules, marked so, without a chat model", async () => {
    const { tasks } = tasksWith(noCalls, embeddingOnly);
    expect(await tasks.hasChatModel()).toBe(false);
    const summary = await tasks.summarize(order, call);
    expect(summary).toMatchObject({ model: "builtin/extractive", method: "rules" });
    expect(summary.summary).toContain("under the mat");
    expect(await tasks.score("I decided to move to Graz.", call)).toMatchObject({
      model: "builtin/importance",
      method: "rules",
    });
    const wanted = { text: "Kubernetes ingress for Kubernetes", existing: [], count: 2 };
    const { labels } = await tasks.labels(wanted, call);
    expect(labels[0]?.confidence).toBeGreaterThan(0);
    expect(await tasks.facts(["The key is blue."], call)).toMatchObject({ facts: [] });
  });

  test("is refused when a configured model fails; only a score is then given by rules, and says so", async () => {
    const { tasks } = tasksWith(() => {
      throw new GatewayError("providers_unavailable", "down");
    });
    const failed = { code: "providers_unavailable" };
    await expect(tasks.summarize(order, call)).rejects.toMatchObject(failed);
    const wanted = { text: "Kubernetes ingress", existing: [], count: 2 };
    await expect(tasks.labels(wanted, call)).rejects.toMatchObject(failed);
    await expect(tasks.facts(["The key is blue."], call)).rejects.toMatchObject(failed);
    expect(await tasks.score("I decided to move to Graz.", call)).toMatchObject({
      method: "rules",
      reasoning: expect.stringContaining("the model failed: providers_unavailable"),
    });
  });

  test("in the background reads the parts of a long text one after the other [req:tasks.background]", async () => {
    let running = 0;
    let most = 0;
    const { tasks, asked } = tasksWith(async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return "note";
    });
    const texts = Array.from({ length: 40 }, (_, n) => `${n} ${"word ".repeat(300)}`);
    await tasks.summarize({ texts, level: "daily" }, call);
    expect(asked.length).toBeGreaterThan(3);
    expect(most).toBe(1);
  });
});
