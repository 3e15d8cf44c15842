import { describe, expect, test } from "vitest";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";

describe("OpenAI's embeddings", () => {
  test("are numbers, or base64 of little-endian floats", async () => {
    const { post, gateway } = fakeBridge();
    const asked = { model: "nomic-embed-text", input: ["a", "b"], dimensions: 3 };
    const response = await post("/v1/embeddings", asked);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-sekha-provider")).toBe("local");
    expect(await response.json()).toMatchObject({
      object: "list",
      model: "nomic-embed-text",
      data: [
        { object: "embedding", index: 0, embedding: [1, 0.5, -0.25] },
        { object: "embedding", index: 1, embedding: [2, 0.5, -0.25] },
      ],
      usage: { prompt_tokens: 4, total_tokens: 4 },
      sekha_metadata: { routing: { provider_id: "local", cost: 0 } },
    });
    expect(gateway.embeds[0]?.request).toEqual({
      texts: ["a", "b"],
      model: "nomic-embed-text",
      dimensions: 3,
    });
    const base64 = await post("/v1/embeddings", { input: "a", encoding_format: "base64" });
    const [{ embedding }] = (await base64.json()).data;
    const bytes = Buffer.from(embedding, "base64");
    expect([0, 4, 8].map((at) => bytes.readFloatLE(at))).toEqual([1, 0.5, -0.25]);
  });

  test("are made of tokens too, as some clients send them", async () => {
    const { post, gateway } = fakeBridge();
    // "hello world" in cl100k_base.
    const response = await post("/v1/embeddings", { input: [[15339, 1917], [15339]] });
    expect(response.status).toBe(200);
    expect(gateway.embeds[0]?.request.texts).toEqual(["hello world", "hello"]);
    await post("/v1/embeddings", { input: [15339, 1917] });
    expect(gateway.embeds[1]?.request.texts).toEqual(["hello world"]);
    const wrong = await post("/v1/embeddings", { input: [99_999_999, -1] });
    expect(wrong.status).toBe(400);
    expect((await wrong.json()).error.message).toContain("no tokens of cl100k_base");
  });

  test.each([
    [{}],
    [{ input: "" }],
    [{ input: [] }],
    [{ input: ["a", " "] }],
    [{ input: ["a", 1] }],
    [{ input: [[]] }],
    [{ input: [1.5] }],
    [{ input: "a", encoding_format: "hex" }],
    [{ input: "a", dimensions: 0 }],
  ])("of %j are refused", async (body) => {
    const { post, gateway } = fakeBridge();
    const response = await post("/v1/embeddings", body);
    expect(response.status).toBe(422);
    expect(gateway.embeds).toEqual([]);
  });
});

describe("v1's embeddings [req:bridge.legacy-embed]", () => {
  test.each(["/embed", "/embeddings", "/api/v1/embed"])("of one text at %s", async (path) => {
    const { post, gateway } = fakeBridge();
    for (const body of [{ text: "a" }, { input: "a", model: "default" }]) {
      expect(await (await post(path, body)).json()).toEqual({
        embedding: [1, 0.5, -0.25],
        model: "nomic-embed-text",
        tokens_used: 4,
        dimension: 3,
      });
    }
    expect(gateway.embeds[1]?.request).toEqual({
      texts: ["a"],
      model: undefined,
      dimensions: undefined,
    });
  });

  test("of many texts", async () => {
    const { post } = fakeBridge();
    for (const body of [{ texts: ["a", "b"] }, { input: ["a", "b"] }]) {
      expect(await (await post("/api/v1/embed", body)).json()).toEqual({
        embeddings: [
          [1, 0.5, -0.25],
          [2, 0.5, -0.25],
        ],
        model: "nomic-embed-text",
        tokens_used: 4,
        dimension: 3,
        count: 2,
      });
    }
  });

  test.each([[{}], [{ text: 5 }], [{ text: " " }], [{ texts: [] }], [{ texts: ["a", ""] }]])(
    "of %j are refused with v1's detail",
    async (body) => {
      const { post } = fakeBridge();
      const response = await post("/embed", body);
      expect(response.status).toBe(422);
      const { detail } = await response.json();
      expect(detail[0]).toMatchObject({
        loc: ["body", expect.any(String)],
        type: expect.any(String),
      });
    },
  );
});
