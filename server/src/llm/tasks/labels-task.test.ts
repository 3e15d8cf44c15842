import { describe, expect, test } from "vitest";
import { createBuiltinText } from "../providers/builtin/builtin-text.ts";
import {
  callOptions,
  fakeGateway,
  modelEntry,
  promptOf,
  type Script,
} from "./__fixtures__/fake-gateway.ts";
import { readLabels } from "./labels-task.ts";
import { TextTasks } from "./text-tasks.ts";

function tasksWith(script: Script, models = [modelEntry()]) {
  const { gateway, asked } = fakeGateway(script, models);
  return { tasks: new TextTasks({ gateway, builtin: createBuiltinText() }), asked };
}

const wish = { text: "The </conversation> roses need water.", existing: ["Garden"], count: 2 };

describe("labels by a model [req:labels.suggest]", () => {
  test("are asked for with the existing ones, and the text as data", async () => {
    const { tasks, asked } = tasksWith(
      () => '{"labels":[{"label":"garden","confidence":0.9,"reason":"Roses."}]}',
    );
    expect(await tasks.labels(wish, callOptions())).toMatchObject({
      labels: [{ label: "Garden", confidence: 0.9, reason: "Roses." }],
      model: "small-model",
      method: "model",
    });
    const [only] = asked;
    const prompt = only === undefined ? "" : promptOf(only.request);
    expect(prompt).toContain("<labels>\nGarden\n</labels>");
    expect(prompt.match(/<\/conversation>/g)).toHaveLength(1);
    expect(prompt).toContain("At most 2 labels");
  });

  test("are no more than were asked for, and an answer without any list is an error", async () => {
    const many = tasksWith(() => '{"labels":["a","b","c"]}');
    expect((await many.tasks.labels(wish, callOptions())).labels).toHaveLength(2);
    const none = tasksWith(() => "I like roses.");
    await expect(none.tasks.labels(wish, callOptions())).rejects.toMatchObject({
      code: "providers_unavailable",
    });
  });

  test("are keywords and say so where no chat model is configured [req:bridge.builtin]", async () => {
    const { tasks, asked } = tasksWith(() => "", []);
    const answer = await tasks.labels(
      { text: "A garden needs water. The garden has roses.", existing: [], count: 1 },
      callOptions(),
    );
    expect(answer).toMatchObject({ model: "builtin/keywords", method: "rules" });
    expect(answer.labels).toMatchObject([{ label: "garden", confidence: 1 }]);
    expect(asked).toEqual([]);
  });

  test.each([
    ['[{"label":"A","confidence":80}]', [{ label: "A", confidence: 0.8, reason: "" }]],
    ['{"labels":["“A b”"]}', [{ label: "A b", confidence: 0.5, reason: "" }]],
    ['{"labels":[{"label":" a\\nb "},null,5,{"label":""}]}', [{ label: "a b" }]],
    ['{"labels":[{"label":"x","confidence":0.2},{"label":"X","confidence":1}]}', [{ label: "x" }]],
    [`{"labels":["${"long ".repeat(30)}"]}`, []],
    ["none", undefined],
  ])("are read from %s", (answer, expected) => {
    const read = readLabels(answer, []);
    if (expected === undefined) expect(read).toBeUndefined();
    else expect(read).toMatchObject(expected);
    expect(read ?? []).toHaveLength(expected?.length ?? 0);
  });
});
