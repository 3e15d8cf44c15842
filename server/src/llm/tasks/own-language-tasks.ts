import type { LanguageTasks, TaskCall, TaskDone } from "../../core/ports/language-tasks.ts";
import type { CallOptions } from "../gateway.ts";
import type { TextTasks } from "./text-tasks.ts";

/** What memory asks of language models, by the models of this process. */
export function ownLanguageTasks(
  tasks: Pick<TextTasks, "hasChatModel" | "summarize" | "score" | "labels" | "facts">,
): LanguageTasks {
  return {
    hasChatModel: async () => tasks.hasChatModel(),

    summarize: async ({ texts, level, maxWords }, call) => {
      const answer = await tasks.summarize({ messages: texts, level, maxWords }, optionsOf(call));
      return { ...doneBy(answer), summary: answer.summary };
    },

    score: async (text, call) => {
      const answer = await tasks.score({ text }, optionsOf(call));
      return { ...doneBy(answer), score: answer.score, reasoning: answer.reasoning };
    },

    labels: async (order, call) => {
      const answer = await tasks.labels(order, optionsOf(call));
      return { ...doneBy(answer), labels: answer.labels };
    },

    facts: async (texts, call) => {
      const answer = await tasks.facts({ texts }, optionsOf(call));
      return { ...doneBy(answer), facts: answer.facts };
    },
  };
}

function optionsOf({ owner, background, signal }: TaskCall): CallOptions {
  return {
    owner,
    keyId: undefined,
    signal,
    task: undefined,
    maxCost: undefined,
    localCaller: false,
    background,
  };
}

function doneBy({ model, method }: { model: string; method: string }): TaskDone {
  return { model, method: method === "model" ? "model" : "rules" };
}
