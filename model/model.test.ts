import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { MODEL, MODEL_FILE, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE } from "@sekha/model-minilm";
import { describe, expect, it } from "vitest";

async function sha256(file: URL): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

describe("the model package", () => {
  it("holds exactly the model whose checksum it states", async () => {
    expect(await sha256(MODEL_FILE)).toBe(MODEL.sha256);
    expect(MODEL.sha256).toBe("2b110428f653ba6dc5e095f6dfc6aa67557842d2d2ee25ead9f25fb2a7b4813f");
  });

  it("holds exactly the tokenizer whose checksum it states", async () => {
    expect(await sha256(TOKENIZER_FILE)).toBe(MODEL.tokenizerSha256);
  });

  it("names the origin, the licence and the checksum of every file", async () => {
    const provenance = await readFile(new URL("./PROVENANCE.md", import.meta.url), "utf8");
    for (const file of [MODEL_FILE, TOKENIZER_FILE, TOKENIZER_CONFIG_FILE]) {
      expect(provenance).toContain(await sha256(file));
    }
    expect(provenance).toContain("Apache-2.0");
    const licence = await readFile(new URL("./LICENSE", import.meta.url), "utf8");
    expect(licence).toContain("Apache License");
  });

  it("has a tokenizer that lowers case and knows the special tokens", async () => {
    const tokenizer = JSON.parse(await readFile(TOKENIZER_FILE, "utf8"));
    expect(tokenizer.normalizer.lowercase).toBe(true);
    expect(tokenizer.model.vocab).toMatchObject({ "[UNK]": 100, "[CLS]": 101, "[SEP]": 102 });
  });
});
