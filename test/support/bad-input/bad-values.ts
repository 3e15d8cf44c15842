const ELEVEN_MEGABYTES = 11 * 1_048_576;

/** Text that some layer below might take for more than text. */
export const STRINGS: Record<string, string> = {
  SQL: `'; DROP TABLE conversations; --`,
  "SQL wildcards": `%_\\%' OR 1=1`,
  "full-text syntax": `"unbalanced AND (NEAR/2 * col:x ^ - NOT`,
  "full-text operators alone": "AND OR NOT",
  "control characters": "a\u0000b\u0007c\u001b[31m\r\nd\u0085",
  "an unpaired high surrogate": "a\ud800b",
  "an unpaired low surrogate": "\udfff",
  emoji: "👩‍👩‍👧‍👦🏳️‍🌈🇺🇳",
  "right-to-left": "שלום \u202eعالم\u202c مرحبا",
  "an empty string": "",
  blanks: " \t\u00a0\u3000",
  "a megabyte": "word ".repeat(209_715),
  "a path": "../../../../etc/passwd",
  markup: `<script>alert(1)</script>{{7*7}}\${7*7}`,
  "a number in words": "NaN",
};

/** What hardly any field takes. */
export const WRONG_VALUES: Record<string, unknown> = {
  null: null,
  "a number": 42,
  "a huge number": Number.MAX_VALUE,
  "a negative number": -1,
  "a fraction": 0.5,
  true: true,
  "a list": [],
  "a list of lists": [[[]]],
  "an object": {},
  "an object for prototypes": JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
};

/** Bodies of a route that takes JSON, and the statuses that are right for them. */
export const RAW_BODIES: Record<string, { body: BodyInit; statuses: number[] }> = {
  "malformed JSON": { body: '{"query": ', statuses: [400] },
  "bare words": { body: "NaN", statuses: [400] },
  infinity: { body: '{"limit": Infinity}', statuses: [400] },
  "a trailing comma": { body: '{"query":"x",}', statuses: [400] },
  "invalid UTF-8": { body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), statuses: [400] },
  "nesting 10,000 deep": { body: nested(10_000), statuses: [400] },
  "nesting in a known field": { body: `{"metadata":${nested(10_000)}}`, statuses: [400] },
  // 404: there is nothing yet that could be undone.
  nothing: { body: "", statuses: [200, 202, 400, 404] },
  "a list": { body: "[]", statuses: [400, 422] },
  null: { body: "null", statuses: [202, 400, 404, 422] },
  "a string": { body: '"text"', statuses: [400, 422] },
  "a number out of range": {
    body: '{"importance_score":1e999,"limit":1e999}',
    statuses: [422, 202, 200, 400, 404],
  },
  "11 MB": { body: `{"query":"${"x".repeat(ELEVEN_MEGABYTES)}"}`, statuses: [413] },
  "11 MB of brackets": { body: "[".repeat(ELEVEN_MEGABYTES), statuses: [413] },
};

/** Lists in lists. */
export function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

/** Small to read, and huge once its references are followed. */
export function yamlBomb(): string {
  const levels = Array.from({ length: 9 }, (_none, level) => {
    const reference = level === 0 ? "lol" : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array(9).fill(reference).join(",")}]`;
  });
  return levels.join("\n");
}
