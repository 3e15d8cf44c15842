import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../../test/support/scripted-provider/fault.ts";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../../../test/support/scripted-provider/scripted-provider.ts";
import { judgeAll, judgeAnswer, judgeError, type Verdict } from "./judgement.ts";
import { observe } from "./observation.ts";

// What a client sees without any gateway: the faults must be told apart by it.

const TOKENS = Array.from({ length: 60 }, (_, at) => ` a${at + 1}`);
const RIGHT = new Map([["alpha-model", TOKENS.join("")]]);

let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await startScriptedProvider({ tokens: TOKENS });
});
afterAll(() => provider.stop());
beforeEach(() => provider.clear());

const ask = (stream: boolean, deadlineMs = 10_000) =>
  observe({ url: provider.origin, stream, model: "alpha-model", deadlineMs });

describe.each<[Fault, streamed: Verdict, whole: Verdict]>([
  [{ kind: "none" }, "pass", "pass"],
  [{ kind: "gzip" }, "pass", "pass"],
  [{ kind: "server_error" }, "safe", "safe"],
  [{ kind: "rate_limited" }, "safe", "safe"],
  [{ kind: "reset" }, "safe", "safe"],
  [{ kind: "error_event", afterTokens: 40 }, "safe", "safe"],
  [{ kind: "cut", afterTokens: 40 }, "safe", "safe"],
  [{ kind: "malformed_chunk", afterTokens: 40 }, "safe", "safe"],
  [{ kind: "html" }, "fail", "safe"],
  [{ kind: "empty" }, "fail", "safe"],
  [{ kind: "empty", form: "content" }, "fail", "fail"],
  [{ kind: "clean_end", afterTokens: 40 }, "fail", "safe"],
  [{ kind: "no_done" }, "fail", "pass"],
  [{ kind: "served_model", model: "other" }, "fail", "fail"],
  [{ kind: "content_filter", form: "finish", afterTokens: 40 }, "fail", "fail"],
])("a client that meets %o alone", (fault, streamed, whole) => {
  it(`calls a stream ${streamed} and a whole answer ${whole}`, async () => {
    provider.script(fault);
    expect(judgeAnswer(await ask(true), RIGHT).verdict).toBe(streamed);
    expect(judgeAnswer(await ask(false), RIGHT).verdict).toBe(whole);
  });
});

it("calls silence a hang once the deadline has passed, and that a fail", async () => {
  provider.script({ kind: "silence" });
  const seen = await ask(true, 50);
  expect(seen).toMatchObject({ hung: true, status: null });
  expect(judgeAnswer(seen, RIGHT).verdict).toBe("fail");
});

it("calls an error with a clean end behind it a fail", async () => {
  const seen = await ask(true);
  expect(judgeAnswer({ ...seen, error: "overloaded" }, RIGHT).verdict).toBe("fail");
});

it("asks of the client's own mistake for its status, its words and its time", async () => {
  provider.script({ kind: "invalid_request" });
  const seen = await ask(true);
  const asked = { status: 400, words: /temperature/, atMostMs: 10_000 };
  expect(judgeError(seen, asked).verdict).toBe("pass");
  expect(judgeError(seen, { ...asked, status: 503 }).verdict).toBe("fail");
  expect(judgeError(seen, { ...asked, words: /budget/ }).verdict).toBe("fail");
  expect(judgeError(seen, { ...asked, atMostMs: 0 }).verdict).toBe("partial");
});

it("passes several requests only when all of them pass", () => {
  const of = (...verdicts: Verdict[]) =>
    judgeAll(verdicts.map((verdict) => ({ verdict, note: "" }))).verdict;
  expect(of("pass", "pass")).toBe("pass");
  expect(of("pass", "safe")).toBe("partial");
  expect(of("safe", "safe")).toBe("safe");
  expect(of("pass", "safe", "fail")).toBe("fail");
});
