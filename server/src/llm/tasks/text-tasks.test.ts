import { describe, expect, test } from "vitest";
import type { ChatRequest } from "../../protocols/openai/chat.ts";
import { type CallOptions, GatewayError } from "../gateway.ts";
import { createBuiltinText } from "../providers/builtin/builtin-text.ts";
import type { ModelEntry } from "../registry/entries.ts";
import {
  callOptions,
  fakeGateway,
  modelEntry,
  promptOf,
  type Script,
  servedBy,
} from "./__fixtures__/fake-gateway.ts";
import { readScore } from "./score-task.ts";
import { TextTasks } from "./text-tasks.ts";

function tasksWith(script: Script, models?: ModelEntry[]) {
  const { gateway, asked } = fakeGateway(script, models);
  return { tasks: new TextTasks({ gateway, builtin: createBuiltinText() }), asked };
}

const embeddingOnly = [modelEntry({ tasks: ["embedding"], dimension: 384, modelId: "minilm" })];
const noCalls: Script = () => {
  throw new Error("no model is to be asked");
};
const text =
  "My name is Ada Lovelace and I work at Acme GmbH. We decided to write the engine in Rust.";
const outage = () =>
  new GatewayError("providers_unavailable", "near/small-model: server_error.", { attempts: [] });

describe("a summary", () => {
  test("is the model's, which is named, with the provider's tokens [req:bridge.text-tasks]", async () => {
    const { tasks, asked } = tasksWith(() => ({ content: " A plan. ", tokens: 42, cost: 7n }));
    const answer = await tasks.summarize(
      { messages: ["user: hello", "assistant: hi"], level: "daily" },
      callOptions({ task: "chat_large" }),
    );
    expect(answer).toEqual({
      summary: "A plan.",
      model: "small-model",
      tokensUsed: 42,
      cost: 7n,
      served: servedBy(modelEntry()),
      method: "model",
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.options).toMatchObject({
      task: "chat_small",
      commit: "complete",
      keyId: "key",
    });
    expect(asked[0]?.request).not.toHaveProperty("model");
    expect(promptOf(asked[0]?.request as ChatRequest)).toContain("user: hello\n\nassistant: hi");
  });

  test("goes to the model that was named, and any-model names to none", async () => {
    const { tasks, asked } = tasksWith(() => "fine");
    for (const model of ["small-model", "default", " "]) {
      await tasks.summarize({ messages: ["x"], level: "brief", model }, callOptions());
    }
    expect(asked.map(({ request }) => request.model)).toEqual([
      "small-model",
      undefined,
      undefined,
    ]);
  });

  test("of what is too long for the window is made of notes on all of it [req:bridge.text-tasks]", async () => {
    const { tasks, asked } = tasksWith((request) =>
      promptOf(request).includes("This is part") ? "note" : "the whole",
    );
    const messages = Array.from({ length: 400 }, (_, n) => `message ${n}: ${"word ".repeat(30)}`);
    const answer = await tasks.summarize({ messages, level: "weekly" }, callOptions());
    expect(answer.summary).toBe("the whole");
    const prompts = asked.map(({ request }) => promptOf(request));
    const parts = prompts.filter((prompt) => prompt.includes("This is part"));
    expect(parts.length).toBeGreaterThan(3);
    expect(messages.every((message) => parts.some((part) => part.includes(message)))).toBe(true);
    expect(prompts.at(-1)).toContain("note\n\nnote");
    expect(Math.max(...prompts.map((prompt) => Buffer.byteLength(prompt) / 3))).toBeLessThan(6144);
    expect(answer.tokensUsed).toBe(10 * asked.length);
  });

  test("fails when the model's notes do not get shorter", async () => {
    const { tasks } = tasksWith((request) => promptOf(request));
    const messages = ["word ".repeat(20_000)];
    await expect(
      tasks.summarize({ messages, level: "daily" }, callOptions()),
    ).rejects.toMatchObject({
      code: "context_length",
    });
  });

  test("keeps to the caller's budget over all calls, one after the other", async () => {
    let running = 0;
    let most = 0;
    const { tasks, asked } = tasksWith(async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return { content: "note", cost: 1_000_000n };
    });
    const messages = ["word ".repeat(10_000)];
    await tasks.summarize({ messages, level: "daily" }, callOptions({ maxCost: 0.01 }));
    expect(most).toBe(1);
    expect(
      asked.map(({ options }) => Math.round((options.maxCost ?? 0) * 1000)).slice(0, 3),
    ).toEqual([10, 9, 8]);
  });

  test("is an error when the model fails, never something else [req:bridge.text-tasks]", async () => {
    const { tasks } = tasksWith(() => {
      throw outage();
    });
    await expect(
      tasks.summarize({ messages: [text], level: "daily" }, callOptions()),
    ).rejects.toMatchObject({ code: "providers_unavailable" });
  });

  test.each([
    ["cut at its length", { content: "Half of", finish: "length" as const }, "cut"],
    ["empty", { content: "  " }, "empty"],
    ["thoughts alone", { content: "<think>hm</think>" }, "empty"],
  ])("that is %s is an error", async (_name, answer, reason) => {
    const { tasks } = tasksWith(() => answer);
    await expect(
      tasks.summarize({ messages: [text], level: "daily" }, callOptions()),
    ).rejects.toThrow(reason);
  });

  test("ends its other parts when one of them fails", async () => {
    const { tasks, asked } = tasksWith((request, { signal }) => {
      if (promptOf(request).includes("This is part 2 ")) throw outage();
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    });
    const messages = ["word ".repeat(50_000)];
    await expect(tasks.summarize({ messages, level: "daily" }, callOptions())).rejects.toThrow(
      "server_error",
    );
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  test("of an unknown level or of nothing is refused", async () => {
    const { tasks } = tasksWith(noCalls);
    await expect(
      tasks.summarize({ messages: ["x"], level: "hourly" }, callOptions()),
    ).rejects.toMatchObject({
      code: "invalid_request",
      message: "Invalid level: hourly. Must be daily, weekly, monthly, brief, or detailed",
    });
    await expect(
      tasks.summarize({ messages: [" "], level: "daily" }, callOptions()),
    ).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("is extractive, and says so, without a chat model or where that is named [req:bridge.builtin]", async () => {
    const without = tasksWith(noCalls, embeddingOnly).tasks;
    const named = tasksWith(noCalls).tasks;
    const answers = [
      await without.summarize({ messages: [text], level: "brief" }, callOptions()),
      await named.summarize(
        { messages: [text], level: "brief", model: "builtin/extractive" },
        callOptions(),
      ),
    ];
    for (const answer of answers) {
      expect(answer).toEqual({
        summary: text,
        model: "builtin/extractive",
        tokensUsed: 0,
        method: "extractive",
      });
    }
  });
});

describe("entities", () => {
  const items = '{"items":[{"text":"Ada Lovelace","type":"person","confidence":0.9}]}';

  test("are the model's, in v1's lists and as items [req:bridge.text-tasks]", async () => {
    const { tasks, asked } = tasksWith(() => `Here:\n\`\`\`json\n${items}\n\`\`\``);
    const answer = await tasks.extract({ text }, callOptions());
    expect(answer).toMatchObject({
      entities: { people: ["Ada Lovelace"], organizations: [], technical_terms: [], concepts: [] },
      items: [{ text: "Ada Lovelace", type: "person", confidence: 0.9 }],
      model: "small-model",
      tokensUsed: 10,
    });
    expect(asked[0]?.request.response_format).toMatchObject({ type: "json_schema" });
  });

  test("are asked for without a schema where the provider refuses one", async () => {
    const refusals: (() => Error)[] = [
      () => new GatewayError("invalid_request", "response_format is not supported"),
      () =>
        new GatewayError("providers_unavailable", "no", {
          attempts: [
            {
              providerId: "near",
              modelId: "small-model",
              failure: { category: "unsupported", status: undefined, message: "no schema" },
              tookMs: 1,
            },
          ],
        }),
    ];
    for (const refusal of refusals) {
      const { tasks, asked } = tasksWith((request) => {
        if (request.response_format !== undefined) throw refusal();
        return items;
      });
      expect((await tasks.extract({ text }, callOptions())).entities.people).toHaveLength(1);
      expect(asked).toHaveLength(2);
    }
  });

  test("are asked for once more when the answer is no list, then it is an error", async () => {
    const answers = ["Ada Lovelace is one.", items];
    const { tasks } = tasksWith(() => answers.shift() ?? "");
    expect((await tasks.extract({ text }, callOptions())).tokensUsed).toBe(20);
    const { tasks: hopeless } = tasksWith(() => "Ada Lovelace is one.");
    await expect(hopeless.extract({ text }, callOptions())).rejects.toMatchObject({
      code: "providers_unavailable",
    });
  });

  test("of a long text come from all of its parts", async () => {
    const { tasks, asked } = tasksWith((request) => {
      const found = /needle\d/.exec(promptOf(request))?.[0];
      return `{"items":[{"text":"${found ?? "x"}","type":"technical_term","confidence":0.9}]}`;
    });
    const long = `needle1 ${"word ".repeat(9000)} needle2`;
    const answer = await tasks.extract({ text: long }, callOptions());
    expect(asked.length).toBeGreaterThan(1);
    expect(answer.entities.technical_terms).toEqual(expect.arrayContaining(["needle1", "needle2"]));
  });

  test("are found by rules, and say so, without a chat model [req:bridge.builtin]", async () => {
    const { tasks } = tasksWith(noCalls, embeddingOnly);
    const answer = await tasks.extract({ text }, callOptions());
    expect(answer).toMatchObject({ model: "builtin/entities", method: "rules", tokensUsed: 0 });
    expect(answer.entities.people).toEqual(["Ada Lovelace"]);
    expect(answer.entities.organizations).toEqual(["Acme GmbH"]);
  });
});

describe("a score", () => {
  test("is the model's, with its reason [req:bridge.text-tasks]", async () => {
    const { tasks } = tasksWith(() => '{"score": 7.25, "reasoning": "A decision."}');
    expect(await tasks.score({ text }, callOptions())).toMatchObject({
      score: 7.3,
      reasoning: "A decision.",
      model: "small-model",
      method: "model",
    });
  });

  test("of a long text is that of its most important part", async () => {
    const { tasks } = tasksWith((request) =>
      promptOf(request).includes("needle") ? "Score: 9" : "Score: 2",
    );
    const long = `${"word ".repeat(9000)} needle ${"word ".repeat(9000)}`;
    const { score, reasoning } = await tasks.score({ text: long }, callOptions());
    expect(score).toBe(9);
    expect(reasoning).toMatch(/highest of \d+ parts/);
  });

  test.each<[string, Script]>([
    [
      "fails",
      () => {
        throw outage();
      },
    ],
    ["says no number", () => "I would rather not."],
  ])(
    "is given by rules and says so when the model %s [req:bridge.text-tasks]",
    async (_n, script) => {
      const { tasks } = tasksWith(script);
      const answer = await tasks.score({ text }, callOptions());
      expect(answer).toMatchObject({ model: "builtin/importance", method: "rules" });
      expect(answer.reasoning).toContain("the model failed: providers_unavailable");
      expect(answer.score).toBeGreaterThan(5);
    },
  );

  test("tells what failed tries used", async () => {
    const { tasks } = tasksWith(() => ({ content: "no number", tokens: 33, cost: 5n }));
    const answer = await tasks.score({ text }, callOptions());
    expect(answer).toMatchObject({ tokensUsed: 33, cost: 5n });
  });

  test("is not given to a caller who is gone", async () => {
    const caller = new AbortController();
    const { tasks } = tasksWith(() => {
      caller.abort(new Error("gone"));
      throw outage();
    });
    const options: CallOptions = callOptions({ signal: caller.signal });
    await expect(tasks.score({ text }, options)).rejects.toThrow("gone");
  });

  test("is given by rules, and says so, without a chat model [req:bridge.builtin]", async () => {
    const { tasks } = tasksWith(noCalls, embeddingOnly);
    const answer = await tasks.score({ text }, callOptions());
    expect(answer.model).toBe("builtin/importance");
    expect(answer.reasoning).toContain("no chat model is configured");
    expect(answer.reasoning).toContain("a decision");
  });

  test.each([
    ['{"score": "8", "reasoning": "x"}', 8],
    ["Score: 7.5 because", 7.5],
    ["**Score**: 6", 6],
    ["I give it 9/10.", 9],
    ["4\nLittle in it.", 4],
    ['{"score": 99}', 10],
    ["0/10", 1],
    ["important", undefined],
  ])("is read from %j as v1 did", (answer, score) => {
    expect(readScore(answer)?.score).toBe(score);
  });
});

test("tokens are counted from the texts where the provider says nothing", async () => {
  const { tasks } = tasksWith(() => ({ content: "fine", tokens: null, cost: null }));
  const { tokensUsed, cost } = await tasks.summarize(
    { messages: [text], level: "brief" },
    callOptions(),
  );
  expect(tokensUsed).toBeGreaterThan(100);
  expect(cost).toBeNull();
});
