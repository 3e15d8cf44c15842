import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readJson } from "./json-body.ts";

const LIMIT = 1_048_576;

function sending(body: BodyInit, type: string | null = "application/json"): Request {
  const request = new Request("http://localhost/", { method: "POST", body });
  if (type === null) request.headers.delete("content-type");
  else request.headers.set("content-type", type);
  return request;
}

function chunked(chunks: string[]): Request {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
  return new Request("http://localhost/", {
    method: "POST",
    body: stream,
    duplex: "half",
  } as RequestInit);
}

describe("a JSON body", () => {
  test("is read with any JSON type, with none, and in pieces", async () => {
    for (const type of ["application/json; charset=utf-8", "application/ld+json", null]) {
      expect(await readJson(sending('{"a":[1,"é"]}', type), LIMIT)).toEqual({ a: [1, "é"] });
    }
    expect(await readJson(chunked(['{"a"', ":1}"]), LIMIT)).toEqual({ a: 1 });
  });

  test("of another type is refused with what to send instead", async () => {
    await expect(readJson(sending("{}", "text/plain"), LIMIT)).rejects.toMatchObject({
      code: "unsupported_media_type",
      message: expect.stringContaining("Content-Type: application/json"),
    });
  });

  test("that is compressed is refused as such, not for what its bytes look like as text", async () => {
    const packed = sending(gzipSync('{"a":1}'));
    packed.headers.set("Content-Encoding", "gzip");
    const error = {
      code: "unsupported_media_type",
      message: expect.stringContaining("compressed"),
    };
    await expect(readJson(packed, LIMIT)).rejects.toMatchObject(error);
    const plain = sending("{");
    plain.headers.set("Content-Encoding", "identity");
    await expect(readJson(plain, LIMIT)).rejects.toMatchObject({ code: "invalid_json" });
  });

  test("of a client that names its type wrongly is read where the route says so", async () => {
    const form = sending("{}", "application/x-www-form-urlencoded");
    expect(await readJson(form, LIMIT, { anyContentType: true })).toEqual({});
  });

  test("that is absent is undefined, whatever its type", async () => {
    expect(await readJson(sending("", "text/plain"), LIMIT)).toBeUndefined();
  });

  test("over the limit is refused by its length, and by counting when none is announced", async () => {
    const error = { code: "payload_too_large" };
    await expect(readJson(sending(`"${"x".repeat(100)}"`), 50)).rejects.toMatchObject(error);
    const lying = sending(`"${"x".repeat(100)}"`);
    lying.headers.set("Content-Length", "10");
    await expect(readJson(lying, 50)).rejects.toMatchObject(error);
    const pieces = Array.from({ length: 10 }, () => "x".repeat(10));
    await expect(readJson(chunked(pieces), 50)).rejects.toMatchObject(error);
  });

  test("nested up to 100 levels is read, deeper is refused, brackets in text do not count", async () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    await expect(readJson(sending(nested(100)), LIMIT)).resolves.toBeInstanceOf(Array);
    await expect(readJson(sending(nested(101)), LIMIT)).rejects.toMatchObject({
      code: "invalid_json",
      message: expect.stringContaining("100 levels"),
    });
    const text = `\\"${"[".repeat(500)}`;
    await expect(readJson(sending(`["${text}"]`), LIMIT)).resolves.toHaveLength(1);
    await expect(readJson(sending(`["\\\\",${nested(100)}]`), LIMIT)).rejects.toThrow("100 levels");
  });

  test("that is no UTF-8 or no JSON is refused without a piece of it in the message", async () => {
    await expect(
      readJson(sending(new Uint8Array([0x22, 0xff, 0x22])), LIMIT),
    ).rejects.toMatchObject({ code: "invalid_json", message: expect.stringContaining("UTF-8") });
    await expect(readJson(sending('{"secret": hunter2}'), LIMIT)).rejects.toThrow(
      /^The body is not valid JSON at line 1, column 12: expected a value.$/,
    );
  });
});
