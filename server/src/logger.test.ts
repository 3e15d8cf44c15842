import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createLogger, type LoggerOptions } from "./logger.ts";

function logged(options: Partial<LoggerOptions>) {
  let text = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const log = createLogger({ level: "info", format: "json", destination, ...options });
  return { log, text: () => text };
}

describe.each(["json", "pretty"] as const)("the %s log", (format) => {
  test.each([
    [{ apiKey: "hush" }],
    [{ config: { rest_api_key: "hush", password: "hush" } }],
    [{ request: { headers: { authorization: "Bearer hush", "x-api-key": "hush" } } }],
    [{ additionalApiKeys: ["hush"] }],
  ])("hides secrets in %j", (fields) => {
    const { log, text } = logged({ format });
    log.info(fields, "request");
    expect(text()).not.toContain("hush");
    expect(text()).toContain("[redacted]");
  });

  test("hides keys that a text or an error quotes", () => {
    const { log, text } = logged({ format });
    log.info("refused sk-sekha-0123456789abcdefghijklmnopqrstuv");
    log.error({ err: new Error("bad key sk-proj_0123456789abcdefghij") }, "failed");
    expect(text()).toContain("sk-sekha-0123…[redacted]");
    expect(text()).not.toContain("456789abc");
  });

  test("leaves out what is below its level", () => {
    const { log, text } = logged({ format, level: "warn" });
    log.info("small talk");
    log.warn("trouble");
    expect(text()).not.toContain("small talk");
    expect(text()).toContain("trouble");
  });

  test("writes one line whatever a message holds", () => {
    const { log, text } = logged({ format });
    log.info("file \u001b[31mred\nfake line");
    expect(text().trimEnd().split("\n")).toHaveLength(1);
    expect(text()).not.toContain("\u001b");
  });
});

test("JSON lines carry time, level and message", () => {
  const { log, text } = logged({});
  log.info({ requestId: "r1" }, "hello");
  expect(JSON.parse(text())).toEqual({
    ...{ level: 30, msg: "hello", requestId: "r1" },
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
});

test("readable lines carry the text as it is", () => {
  const { log, text } = logged({ format: "pretty" });
  log.info("Detected dimension 384 for model all-MiniLM-L6-v2 (cached)");
  expect(text()).toMatch(/INFO.*: Detected dimension 384 for model all-MiniLM-L6-v2 \(cached\)\n$/);
});
