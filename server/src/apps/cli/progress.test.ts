import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { ProgressLine, renderBar, renderProgress } from "./progress.ts";
import { Rate } from "./rate.ts";
import { widthOf } from "./terminal-text.ts";

const state = {
  label: "Importing 会話の記録.json",
  fraction: 0.627,
  parts: ["1,234 conversations", "45,678 messages", "12.3 MB/s"],
  remainingMilliseconds: 42_000,
};

describe.each([10, 40, 80, 200])("at %i columns", (columns) => {
  test("stays on its line", () => {
    for (const fraction of [0, 0.5, 1, null]) {
      const line = renderProgress({ ...state, fraction }, columns);
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });
});

test("shows label, bar, percent, time left and figures", () => {
  expect(renderProgress(state, 200)).toBe(
    "Importing 会話の記録.json  ███████████████████░░░░░░░░░░░  62 %  0:42 left  1,234 conversations  45,678 messages  12.3 MB/s",
  );
});

test("leaves out figures before the bar when it is narrow", () => {
  const line = renderProgress(state, 60);
  expect(line).toContain("█");
  expect(line).toContain("0:42 left");
  expect(line).not.toContain("MB/s");
});

test("says 100 % only at the end, and nothing while the end is unknown", () => {
  expect(renderProgress({ label: "x", fraction: 0.9999 }, 80)).toContain("99 %");
  expect(renderProgress({ label: "x", fraction: 1 }, 80)).toContain("100 %");
  expect(renderProgress({ label: "x", fraction: null, parts: ["1 MB"] }, 80)).toBe("x  1 MB");
});

test("bars never leave their track", () => {
  expect(renderBar(2, 4)).toBe("████");
  expect(renderBar(-1, 4)).toBe("░░░░");
  expect(renderBar(0.5, 0)).toBe("");
});

function lineOn({ isTerminal }: { isTerminal: boolean }) {
  const stream = new PassThrough();
  const clock = { time: 0 };
  const line = new ProgressLine({ stream, isTerminal, columns: 60, now: () => clock.time });
  return { line, clock, text: () => String(stream.read() ?? "") };
}

test("redraws in place on a terminal, not more often than an eye can see", () => {
  const { line, clock, text } = lineOn({ isTerminal: true });
  line.update({ label: "first", fraction: 0 });
  clock.time = 20;
  line.update({ label: "too soon", fraction: 0.1 });
  clock.time = 100;
  line.update({ label: "second", fraction: 0.2 });
  line.clear();
  const written = text();
  expect(written).not.toContain("too soon");
  expect(written).not.toContain("\n");
  expect(written.split("\r\u001b[2K").map((piece) => piece.split(" ")[0])).toEqual([
    "",
    "first",
    "second",
    "",
  ]);
});

test("elsewhere writes a plain line every few seconds, none for what is quick", () => {
  const { line, clock, text } = lineOn({ isTerminal: false });
  line.update({ label: "quick", fraction: 0.1 });
  clock.time = 5_000;
  line.update({ label: "slow", fraction: 0.5, parts: ["7 messages"] });
  clock.time = 6_000;
  line.update({ label: "again", fraction: 0.6 });
  line.clear();
  expect(text()).toBe("slow  50 %  7 messages\n");
});

test("a rate knows the time left once it has seen a second", () => {
  let time = 0;
  const rate = new Rate(() => time);
  time = 500;
  expect(rate.remainingMilliseconds(10, 100)).toBeNull();
  time = 2_000;
  expect(rate.perSecond(10)).toBe(5);
  expect(rate.remainingMilliseconds(10, 100)).toBe(18_000);
  expect(rate.remainingMilliseconds(0, 100)).toBeNull();
});
