import { once } from "node:events";
import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { textStream } from "../apps/bridge/text-stream.ts";
import { drain, type Listening, listen } from "./listening.ts";

const HEADERS = { "content-type": "text/event-stream", "x-sekha-model": "m" };
let listening: Listening | undefined;

afterEach(async () => {
  if (listening !== undefined) await drain(listening.server, 0);
});

/** A face that answers every request with these pieces over a real socket. */
async function serving(pieces: () => AsyncIterable<string>, abandon: () => void = () => undefined) {
  const answer = () =>
    textStream(pieces(), {
      headers: HEADERS,
      abandon,
      failureText: (error) => `failed: ${String(error)}\n`,
      heartbeat: { text: "beat\n", everyMs: 5 },
    });
  listening = await listen({ answer }, { name: "bridge", host: "127.0.0.1", port: 0 });
  return listening.url;
}

describe("a stream over a socket", () => {
  test("arrives whole with its headers, in the order of its pieces", async () => {
    const url = await serving(async function* () {
      for (let piece = 0; piece < 1000; piece += 1) yield `${piece}\n`;
    });
    const answer = await fetch(url);
    expect(answer.headers.get("x-sekha-model")).toBe("m");
    const lines = (await answer.text()).split("\n");
    expect(lines.filter((line) => line !== "" && line !== "beat")).toEqual(
      Array.from({ length: 1000 }, (_, piece) => String(piece)),
    );
  });
  test("sends its first piece before the second one exists, and says that it is alive until then", async () => {
    const second = Promise.withResolvers<void>();
    const url = await serving(async function* () {
      yield "first\n";
      await second.promise;
      yield "second\n";
    });
    const reader = (await fetch(url)).body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("beat")) text += (await reader?.read())?.value ?? "";
    expect(text.startsWith("first\n")).toBe(true);
    second.resolve();
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      text += next.value;
    }
    expect(text.endsWith("second\n")).toBe(true);
  });
  test("tells of a failure inside, since its status is long sent", async () => {
    const url = await serving(async function* () {
      yield "first\n";
      throw new Error("cut");
    });
    expect(await (await fetch(url)).text()).toBe("first\nfailed: Error: cut\n");
  });
  test("ends its work when the reader goes away, also one that reads nothing", async () => {
    const abandoned = Promise.withResolvers<void>();
    const large = "x".repeat(2 ** 20);
    const url = await serving(async function* () {
      for (;;) yield large;
    }, abandoned.resolve);
    const call = request(url).end();
    const [answer] = (await once(call, "response")) as [{ destroy(): void }];
    answer.destroy();
    await abandoned.promise;
  });
});
