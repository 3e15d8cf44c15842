import { describe, expect, test } from "vitest";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";

describe("v1's text tasks [req:bridge.text-tasks]", () => {
  test.each(["/summarize", "/api/v1/summarize"])("a summary at %s", async (path) => {
    const { post, asked } = fakeBridge();
    const messages = ["user: Where is the key?", { role: "assistant", content: "Under the mat." }];
    expect(await (await post(path, { messages, level: "weekly" })).json()).toEqual({
      summary: "A key.",
      model: "gpt-4o",
      tokens_used: 12,
      method: "model",
      level: "weekly",
      message_count: 2,
    });
    const brief = await post(path, { text: "One text.", level: "brief" });
    expect(brief.headers.get("x-sekha-cost")).toBe("0.000000007");
    expect(asked).toMatchObject([
      { messages: ["user: Where is the key?", "assistant: Under the mat."], level: "weekly" },
      { messages: ["One text."], level: "brief" },
    ]);
  });

  test("a summary of an unknown level is refused as v1 did", async () => {
    const { post } = fakeBridge();
    const response = await post("/summarize", { messages: ["x"], level: "hourly" });
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toMatch(
      /^Invalid level: hourly\. Must be daily, weekly, or monthly/,
    );
  });

  test.each(["/extract", "/api/v1/extract"])("entities at %s", async (path) => {
    const { post } = fakeBridge();
    expect(await (await post(path, { text: "Ada wrote it." })).json()).toEqual({
      entities: { people: ["Ada"], organizations: [], technical_terms: [], concepts: [] },
      items: [{ text: "Ada", type: "person", confidence: 0.9 }],
      model: "gpt-4o",
      tokens_used: 12,
      method: "model",
    });
  });

  test.each(["/score", "/score_importance", "/api/v1/score", "/api/v1/score_importance"])(
    "importance at %s",
    async (path) => {
      const { post, asked } = fakeBridge();
      for (const body of [{ conversation: "x" }, { text: "x" }, { message: "x", context: "c" }]) {
        expect(await (await post(path, body)).json()).toEqual({
          score: 7,
          reasoning: "A key.",
          model: "gpt-4o",
          tokens_used: 12,
          method: "rules",
        });
      }
      expect(asked).toMatchObject([{ text: "x" }, { text: "x" }, { text: "c\n\nx" }]);
    },
  );

  test.each(["/labels", "/api/v1/labels"])("labels at %s [req:labels.suggest]", async (path) => {
    const { post, asked } = fakeBridge();
    const body = { text: "Roses.", existing: ["Garden"] };
    expect(await (await post(path, body)).json()).toEqual({
      labels: [{ label: "Garden", confidence: 0.9, reason: "Roses." }],
      model: "gpt-4o",
      tokens_used: 12,
      method: "model",
    });
    await post(path, { text: "Roses.", count: 1 });
    expect(asked).toMatchObject([
      { ...body, count: 5 },
      { text: "Roses.", existing: [], count: 1 },
    ]);
  });

  test.each(["/facts", "/api/v1/facts"])("facts at %s [req:facts.extract]", async (path) => {
    const { post, asked } = fakeBridge();
    const texts = ["My rent is 950 now."];
    expect(await (await post(path, { texts })).json()).toEqual({
      facts: [{ subject: "user", attribute: "rent", value: "950", source: 0 }],
      model: "gpt-4o",
      tokens_used: 12,
      method: "model",
    });
    expect(asked).toMatchObject([{ texts }]);
  });

  test.each([
    ["/facts", {}],
    ["/facts", { texts: [] }],
    ["/facts", { texts: [" "] }],
    ["/facts", { texts: [5] }],
    ["/facts", { texts: Array.from({ length: 201 }, () => "x") }],
    ["/labels", {}],
    ["/labels", { text: " " }],
    ["/labels", { text: "x", count: 0 }],
    ["/summarize", {}],
    ["/summarize", { messages: [] }],
    ["/summarize", { messages: [5] }],
    ["/extract", {}],
    ["/extract", { text: "" }],
    ["/score", {}],
    ["/score", { conversation: 5 }],
  ])("%s of %j is refused", async (path, body) => {
    const { post, asked } = fakeBridge();
    expect((await post(path, body)).status).toBe(422);
    expect(asked).toEqual([]);
  });
});
