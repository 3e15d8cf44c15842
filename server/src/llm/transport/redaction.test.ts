import { expect, it } from "vitest";
import { publicDetail, urlSecrets } from "./redaction.ts";

it.each([
  ["Incorrect API key provided: sk-proj-****abcd. Look it up.", "sk-proj", "Look it up."],
  ["Bearer abc.def-ghi is not valid", "abc.def", "is not valid"],
  ["key AIzaSyExampleExampleExample is off", "AIza", "is off"],
  ['{"api_key": "hunter2hunter2"}', "hunter2", "api_key"],
  ["in organization org-AbCdEf123456 on tokens", "org-AbC", "on tokens"],
  ["see http://user:pass@host/x now", "pass@", "now"],
  ["token 0123456789abcdef0123456789abcdef01234567 used", "0123456789abcdef", "used"],
])("takes out what looks like a credential: %s", (text, hidden, kept) => {
  const shown = publicDetail(text, []);
  expect(shown).not.toContain(hidden);
  expect(shown).toContain(kept);
  expect(shown).toContain("[hidden]");
});

it("takes out the configured keys and addresses whatever they look like [req:bridge.no-secrets-echoed]", () => {
  const secrets = ["plainkey", ...urlSecrets("http://gateway.internal:4000/v1")];
  expect(secrets).toContain("gateway.internal");
  const text = "plainkey was refused by http://gateway.internal:4000/v1 (gateway.internal)";
  expect(publicDetail(text, secrets)).toBe("[hidden] was refused by [hidden] ([hidden])");
});

it("leaves ordinary words as they are, on one line and at most 300 characters", () => {
  const text = "Invalid value for 'temperature':\n expected at most 2.";
  expect(publicDetail(text, [])).toBe("Invalid value for 'temperature': expected at most 2.");
  expect(publicDetail("word ".repeat(200), [])).toHaveLength(300);
  expect(publicDetail("  \n", [])).toBeUndefined();
});
