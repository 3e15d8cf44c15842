import { expect, test } from "vitest";
import {
  extractImageUrls,
  extractText,
  hasImages,
  isMultiModalContent,
  isValidStatus,
} from "./index.ts";

const PARTS = [
  { type: "text", text: "What is" },
  { type: "image_url", image_url: { url: "https://images.example/a.png", detail: "low" } },
  { type: "text", text: "on it?" },
  { type: "image_url", image_url: "https://images.example/b.png" },
  { type: "audio", audio: {} },
];

test("content of parts gives its text and its images in their order [req:sdk.v1-names]", () => {
  expect(isMultiModalContent(PARTS)).toBe(true);
  expect(extractText(PARTS)).toBe("What is on it?");
  expect(extractImageUrls(PARTS)).toEqual([
    "https://images.example/a.png",
    "https://images.example/b.png",
  ]);
  expect(hasImages(PARTS)).toBe(true);
});

test("plain text is its own text and has no images", () => {
  expect(isMultiModalContent("Hello")).toBe(false);
  expect(extractText("Hello")).toBe("Hello");
  expect(extractImageUrls("Hello")).toEqual([]);
  expect(hasImages([{ type: "text", text: "Hello" }])).toBe(false);
});

test.each([null, {}, [1], [null]])("%j is no content of parts", (content) => {
  expect(isMultiModalContent(content)).toBe(false);
});

test("a conversation is active, archived or pinned, and nothing else", () => {
  expect(["active", "archived", "pinned"].every(isValidStatus)).toBe(true);
  expect([undefined, "", "deleted", 1].some(isValidStatus)).toBe(false);
});
