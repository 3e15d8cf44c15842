import type { BridgeRoutes, scoreBody, summarizeBody } from "@sekha/sdk/contract";
import type { z } from "zod";
import { SekhaError } from "../../core/errors.ts";
import type { HttpAnswer } from "../../http/answer.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { TaskAccount } from "../../llm/tasks/text-tasks.ts";
import { callOptions } from "./call-options.ts";
import { namedModel } from "./embedding-input.ts";
import { accountHeaders } from "./routing-metadata.ts";
import type { BridgeServices } from "./services.ts";

type TextRoutes = Pick<BridgeRoutes, "summarize" | "extract" | "score" | "labels" | "facts">;

const DEFAULT_LABELS = 5;
const LEVELS = ["daily", "weekly", "monthly", "brief", "detailed"];

/** Summaries, entities, importance, labels and facts, as v1's clients ask for them. */
export function textTaskHandlers({
  tasks,
}: Pick<BridgeServices, "tasks">): RouteHandlers<TextRoutes> {
  return {
    summarize: async ({ body }, call) => {
      const level = levelOf(body.level ?? "daily");
      const messages = messagesOf(body);
      const { summary, ...account } = await tasks.summarize(
        { messages, level, model: namedModel(body.model), maxWords: body.max_words ?? undefined },
        callOptions(call),
      );
      return answer(account, { summary, level, message_count: messages.length });
    },

    extract: async ({ body }, call) => {
      const { entities, items, ...account } = await tasks.extract(
        { text: someText("text", body.text), model: namedModel(body.model) },
        callOptions(call),
      );
      return answer(account, { entities, items });
    },

    score: async ({ body }, call) => {
      const { score, reasoning, ...account } = await tasks.score(
        { text: scoredText(body), model: namedModel(body.model) },
        callOptions(call),
      );
      return answer(account, { score, reasoning });
    },

    labels: async ({ body }, call) => {
      const { labels, ...account } = await tasks.labels(
        {
          text: someText("text", body.text),
          existing: body.existing ?? [],
          count: body.count ?? DEFAULT_LABELS,
          model: namedModel(body.model),
        },
        callOptions(call),
      );
      return answer(account, { labels });
    },

    facts: async ({ body }, call) => {
      const { texts } = body;
      if (texts.every((text) => text.trim() === "")) throw wrong("texts", "must not be empty");
      const request = { texts, model: namedModel(body.model) };
      const { facts, ...account } = await tasks.facts(request, callOptions(call));
      return answer(account, { facts });
    },
  };
}

/** v1's fields, how it was done, and who served the last call where a model was asked. */
function answer(account: TaskAccount & { method: string }, fields: object): HttpAnswer {
  const { model, tokensUsed, method, served, cost } = account;
  const headers = served === undefined ? {} : accountHeaders({ served, cost });
  return jsonResponse({ ...fields, model, tokens_used: tokensUsed, method }, { headers });
}

function levelOf(level: string): string {
  if (LEVELS.includes(level)) return level;
  throw new SekhaError(
    "invalid_request",
    `Invalid level: ${level}. Must be daily, weekly, or monthly (or brief, or detailed)`,
  );
}

/** v1's clients send texts, chat messages, or one text. */
function messagesOf({ messages, text }: z.output<typeof summarizeBody>): string[] {
  const given = messages ?? (text === undefined || text === null ? undefined : [text]);
  if (given === undefined) throw wrong("messages", "is required");
  const texts = given.map(messageText).filter((one) => one.trim() !== "");
  if (texts.length === 0) throw wrong("messages", "must not be empty");
  return texts;
}

function messageText(message: string | { content: unknown; [key: string]: unknown }): string {
  if (typeof message === "string") return message;
  const { role, content } = message;
  if (typeof content !== "string") return "";
  return typeof role === "string" ? `${role}: ${content}` : content;
}

function scoredText({ conversation, text, message, context }: z.output<typeof scoreBody>): string {
  const given = conversation ?? text ?? message ?? undefined;
  const asked = someText("conversation", given);
  return context ? `${context}\n\n${asked}` : asked;
}

function someText(path: string, given: string | undefined): string {
  if (given === undefined) throw wrong(path, "is required");
  if (given.trim() === "") throw wrong(path, "must not be empty");
  return given;
}

function wrong(path: string, message: string): SekhaError {
  return new SekhaError("validation_failed", `${path}: ${message}.`, {
    details: [{ path, message }],
  });
}
