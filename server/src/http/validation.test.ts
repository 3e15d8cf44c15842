import { createConversationBody, listQuery, searchBody } from "@sekha/sdk/contract";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { SekhaError } from "../core/errors.ts";
import { parse } from "./validation.ts";

function detailsOf(schema: z.ZodType, value: unknown) {
  try {
    parse(schema, value);
  } catch (error) {
    if (error instanceof SekhaError) return error.details;
    throw error;
  }
  return [];
}

describe("what a client is told of a wrong request", () => {
  test("names every field in plain words", () => {
    const body = {
      label: 5,
      messages: [{ role: "user" }, { role: "user", content: 7 }, { role: "", content: [{ x: 1 }] }],
      importance_score: "high",
    };
    expect(detailsOf(createConversationBody, body)).toEqual([
      { path: "label", message: "must be text, not a number" },
      { path: "importance_score", message: "must be a number, not text" },
      { path: "messages.0.content", message: "is required" },
      { path: "messages.1.content", message: "must be text or a list" },
      { path: "messages.2.role", message: "must not be empty" },
      { path: "messages.2.content.0.type", message: "is required" },
    ]);
  });

  test("says which values and ranges are right", () => {
    expect(detailsOf(searchBody, { query: " ", mode: "psychic", limit: 5000 })).toEqual([
      { path: "query", message: "must not be empty: say what to look for" },
      { path: "limit", message: "must be from 1 to 1000" },
      { path: "mode", message: "must be one of hybrid, semantic, keyword" },
    ]);
    expect(detailsOf(listQuery, { page: "0", limit: "many" })).toEqual([
      { path: "page", message: "must be from 1 to 1000000" },
      { path: "limit", message: "must be a whole number from 1 to 1000" },
    ]);
  });

  test("names the first problem in the message and stays short", () => {
    const messages = Array.from({ length: 500 }, () => ({}));
    expect(() => parse(createConversationBody, { messages })).toThrow(
      "messages.0.role: is required (and 999 more, see details).",
    );
    expect(detailsOf(createConversationBody, { messages })).toHaveLength(20);
  });
});
