import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MODEL, MODEL_FILE, TOKENIZER_FILE } from "@sekha/model-minilm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmbeddedModel, type EmbeddedModel } from "./embedded-model.ts";

function recordingLog() {
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  return { lines, info: write, warn: write };
}

function cosine(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

/** Nice values of all threads of this process, from Linux's /proc. */
async function niceValues(): Promise<number[]> {
  const threads = await readdir("/proc/self/task");
  const stats = await Promise.all(
    threads.map((thread) => readFile(`/proc/self/task/${thread}/stat`, "utf8")),
  );
  // Field 19 of proc(5); the second field is in brackets and may hold spaces.
  return stats.map((stat) => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]));
}

describe("the embedded model", () => {
  const log = recordingLog();
  const mainPriority = getPriority();
  let model: EmbeddedModel;

  beforeAll(() => {
    model = createEmbeddedModel({ log, backgroundThreads: 1 });
  });

  afterAll(() => model.close());

  it("answers requests that came before it was ready, and says once what it runs on", async () => {
    const [query, chunks] = await Promise.all([
      model.embedQuery("early question"),
      model.embedDocument("early document"),
      model.ready(),
    ]);
    expect(query).toHaveLength(384);
    expect(chunks).toMatchObject([{ start: 0, end: 14 }]);
    expect(log.lines).toEqual([
      expect.stringMatching(
        /^Embedded model all-MiniLM-L6-v2 \(int8, 384 dimensions\) ready on onnxruntime-node in \d+ ms$/u,
      ),
    ]);
    expect(model.runtime).toBe("onnxruntime-node");
  });

  it("names its vector space by model and quantisation", () => {
    const id = "all-MiniLM-L6-v2@int8";
    expect(model.identity).toEqual({ name: "all-MiniLM-L6-v2", id, dimension: 384 });
  });

  it("puts sentences of similar meaning closer than unrelated ones", async () => {
    const [cat, kitten, tax] = await Promise.all([
      model.embedQuery("A cat is sleeping on the sofa."),
      model.embedQuery("The kitten naps on the couch."),
      model.embedQuery("Income tax returns are due in April."),
    ]);
    expect(cosine(cat, kitten)).toBeGreaterThan(0.5);
    expect(cosine(cat, tax)).toBeLessThan(0.2);
  });

  it("gives unit vectors, the same for a query and a document of one chunk", async () => {
    const text = "Where did we put the spare keys?";
    const query = await model.embedQuery(text);
    const [chunk] = await model.embedDocument(text);
    expect(cosine(query, query)).toBeCloseTo(1, 5);
    expect(chunk?.vector).toEqual(query);
    expect(await model.embedQuery(text)).toEqual(query);
  });

  it("embeds every chunk of a long document in the order of the text", async () => {
    const text = "Rain fell on the harbour all night. ".repeat(150);
    const chunks = await model.embedDocument(text);
    expect(chunks.length).toBeGreaterThan(4);
    expect(chunks[0]?.start).toBe(0);
    expect(chunks.at(-1)?.end).toBe(text.trimEnd().length);
    for (const [index, { start, vector }] of chunks.entries()) {
      expect(start).toBeLessThanOrEqual(chunks[index - 1]?.end ?? 0);
      expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    }
  });

  it("answers a query before the backlog of documents that was there first [req:embedding.queries-first]", async () => {
    const order: string[] = [];
    const documents = Array.from({ length: 8 }, (_, index) =>
      model.embedDocument(`${index} ${"some long document about gardens ".repeat(45)}`).then(() => {
        order.push("document");
      }),
    );
    await model.embedQuery("something that nobody asked before").then(() => order.push("query"));
    const documentsBefore = order.indexOf("query");
    await Promise.all(documents);
    expect(documentsBefore).toBeLessThan(4);
  });

  it("lets a short document pass a long one", async () => {
    const order: string[] = [];
    const long = model
      .embedDocument("A long chapter about bees and hives. ".repeat(300))
      .then(() => order.push("long"));
    await model.embedDocument("short").then(() => order.push("short"));
    await long;
    expect(order).toEqual(["short", "long"]);
  });

  it("forgets the rest of an aborted document", async () => {
    const abort = new AbortController();
    const long = model.embedDocument("words and words ".repeat(20_000), abort.signal);
    const next = model.embedDocument("the next one");
    abort.abort(new Error("not needed"));
    await expect(long).rejects.toThrow("not needed");
    expect(await next).toHaveLength(1);
    await expect(model.embedQuery("late", abort.signal)).rejects.toThrow("not needed");
  });

  it("gives no chunk for an empty document and refuses an empty query", async () => {
    expect(await model.embedDocument("")).toEqual([]);
    expect(await model.embedDocument(" \n\u0000 ")).toEqual([]);
    await expect(model.embedQuery(" \n ")).rejects.toMatchObject({ code: "invalid_request" });
    await expect(model.embedQuery("\u0000")).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("reads a query longer than the window at both its ends", async () => {
    const padding = "The weather report follows as usual. ".repeat(300);
    const question = "Which vaccine did the doctor recommend for the dog?";
    const vector = await model.embedQuery(`${padding}${question}`);
    expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    expect(cosine(vector, await model.embedQuery(padding))).toBeLessThan(0.999);
  });

  it.runIf(process.platform === "linux")(
    "works on documents with a lower priority than everything else in the process",
    async () => {
      await model.ready();
      expect(getPriority()).toBe(mainPriority);
      const values = await niceValues();
      expect(values.filter((value) => value === 10)).toHaveLength(1);
      expect(values.filter((value) => value === mainPriority).length).toBeGreaterThan(2);
    },
  );
});

describe("both runtimes", () => {
  it("give vectors of one space", async () => {
    const log = recordingLog();
    const options = { log, backgroundThreads: 1 };
    const native = createEmbeddedModel({ ...options, runtime: "node" });
    const wasm = createEmbeddedModel({ ...options, runtime: "wasm" });
    await Promise.all([native.ready(), wasm.ready()]);
    const texts = [
      "hello",
      "The meeting was moved to Thursday at ten.",
      "const total = items.reduce((sum, item) => sum + item.price, 0);",
      "Wir treffen uns morgen am Bahnhof.",
      "We talked about the garden, the new fence and what the carpenter asked for it. ".repeat(8),
    ];
    for (const text of texts) {
      const pair = await Promise.all([native.embedQuery(text), wasm.embedQuery(text)]);
      expect(cosine(...pair)).toBeGreaterThanOrEqual(0.995);
    }
    expect([native.runtime, wasm.runtime]).toEqual(["onnxruntime-node", "onnxruntime-web"]);
    await Promise.all([native.close(), wasm.close()]);
  });
});

describe("a broken installation", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sekha-model-"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function modelFrom(path: string) {
    return createEmbeddedModel({
      log: recordingLog(),
      backgroundThreads: 1,
      files: {
        model: { path, sha256: MODEL.sha256 },
        tokenizer: { path: fileURLToPath(TOKENIZER_FILE), sha256: MODEL.tokenizerSha256 },
      },
    });
  }

  it("says what to reinstall when the model file is missing", async () => {
    const model = await modelFrom(join(folder, "missing.onnx"));
    const waiting = model.embedQuery("hello");
    await expect(model.ready()).rejects.toMatchObject({
      code: "embedding_unavailable",
      message: expect.stringMatching(/ENOENT.*Reinstall the package @sekha\/model-minilm/su),
    });
    await expect(waiting).rejects.toThrow("Reinstall");
    await model.close();
  });

  it("says what to reinstall when the model file is damaged", async () => {
    const path = join(folder, "damaged.onnx");
    await copyFile(MODEL_FILE, path);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(1_000_000) ^ 1, 1_000_000);
    await writeFile(path, bytes);
    const model = await modelFrom(path);
    await expect(model.ready()).rejects.toThrow(/damaged.*Reinstall/su);
    await expect(model.embedDocument("hello")).rejects.toThrow("damaged");
    await model.close();
  });
});
