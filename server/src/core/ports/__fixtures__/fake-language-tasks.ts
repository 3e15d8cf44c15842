import type { LanguageTasks, SummaryOrder, TaskCall } from "../language-tasks.ts";

/** Tasks that answer in a way a test can foresee, with what they were asked. */
export interface FakeLanguageTasks extends LanguageTasks {
  orders: { order: SummaryOrder; call: TaskCall }[];
}

export function fakeLanguageTasks(changes: Partial<LanguageTasks> = {}): FakeLanguageTasks {
  const orders: FakeLanguageTasks["orders"] = [];
  const done = { model: "fake", method: "model" } as const;
  return {
    orders,
    hasChatModel: async () => true,
    summarize: async (order, call) => {
      orders.push({ order, call });
      return { ...done, summary: `${order.level} of ${order.texts.length}` };
    },
    score: async () => ({ ...done, score: 5, reasoning: "As usual." }),
    labels: async () => ({ ...done, labels: [] }),
    facts: async () => ({ ...done, facts: [] }),
    ...changes,
  };
}
