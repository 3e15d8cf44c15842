import { expect, test } from "vitest";
import { countWords } from "./word-count.ts";

test.each([
  ["", 0],
  ["  two   words\n", 2],
  ["Größe, naïve – done", 4],
  ["نسكن في القاهرة", 3],
  ["우리는 서울에 산다", 3],
  ["我们决定搬到上海", 4],
  ["我们决定搬到上海。", 4],
  ["我用 GitHub 和 VS Code 工作", 7],
  ["東京に住んでいます", 5],
  ["ฉันอยู่ที่เชียงใหม่", 4],
])("are counted as people of the language count them: %j has %i", (text, expected) => {
  expect(countWords(text)).toBeGreaterThanOrEqual(expected - (expected > 4 ? 1 : 0));
  expect(countWords(text)).toBeLessThanOrEqual(expected + 1);
});

test.each([
  [
    "Chinese",
    "昨天我和妻子讨论了搬到上海的事情。我们决定租下南京路的公寓，房租每月五千元，合同从三月一日开始。",
  ],
  [
    "Japanese",
    "昨日、妻と東京への引っ越しについて話しました。駅の近くのマンションを借りることに決めました。",
  ],
  ["Thai", "เมื่อวานฉันคุยกับภรรยาเรื่องการย้ายไปเชียงใหม่ เราตัดสินใจเช่าห้องคอนโดใกล้ตลาด ค่าเช่าเดือนละห้าพันบาท"],
])("are about as many in %s as a dictionary finds", (_language, text) => {
  const segments = new Intl.Segmenter(undefined, { granularity: "word" }).segment(text);
  const exact = [...segments].filter(({ isWordLike }) => isWordLike).length;
  expect(countWords(text)).toBeGreaterThan(exact * 0.75);
  expect(countWords(text)).toBeLessThan(exact * 1.3);
});
