import { describe, expect, test } from "vitest";
import type { Labelling, LabelSuggestion } from "../../core/labels/label-types.ts";
import { fakeLanguageTasks } from "../../core/ports/__fixtures__/fake-language-tasks.ts";
import { fakeController, sending } from "./__fixtures__/fake-services.ts";

const ID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
const garden: LabelSuggestion = {
  ...{ label: "Garden", confidence: 0.81, isExisting: true, reason: "Near." },
  sources: ["near_conversations"],
};
const onWire = {
  ...{ label: "Garden", confidence: 0.81, is_existing: true, reason: "Near.", reasoning: "Near." },
  sources: ["near_conversations"],
};

function withLabels() {
  const asked: unknown[] = [];
  const labels: Labelling = {
    suggest: async (owner, { signal: _, ...request }) => {
      asked.push({ owner, ...request });
      return { suggestions: [garden], degraded: null };
    },
    auto: async (owner, { signal: _, ...request }) => {
      asked.push({ owner, ...request });
      const suggested = { suggestions: [garden], degraded: "no vectors" };
      const { conversationId } = request;
      return {
        ...{ ...suggested, conversationId, applied: true, reason: "Near." },
        ...{ label: "Garden", previousLabel: "Hello" },
      };
    },
  };
  return { asked, ...fakeController({ services: { labels } }) };
}

describe("labels on request [req:labels.suggest]", () => {
  test("of a conversation, by body or by path", async () => {
    const { fetch, asked } = withLabels();
    const body = sending("POST", { conversation_id: ID, count: 3 });
    const answer = await fetch("/api/v1/labels/suggest", body);
    expect(answer.status).toBe(200);
    const expected = { conversation_id: ID, suggestions: [onWire], degraded: null };
    expect(await answer.json()).toEqual(expected);
    const path = `/api/v1/conversations/${ID}/suggest-labels`;
    expect(await (await fetch(path, { method: "POST" })).json()).toEqual(expected);
    const subject = { conversationId: ID };
    expect(asked).toEqual([
      { owner: "local", subject, count: 3 },
      { owner: "local", subject, count: 5 },
    ]);
  });

  test("of messages, as VS Code sends them", async () => {
    const { fetch, asked } = withLabels();
    const messages = [{ role: "user", content: [{ type: "text", text: "Roses" }] }, "Water"];
    const answer = await fetch("/api/v1/labels/suggest", sending("POST", { messages, count: 1 }));
    expect(await answer.json()).toMatchObject({ conversation_id: null, suggestions: [onWire] });
    expect(asked).toMatchObject([
      { subject: { messages: [{ content: "Roses" }, { role: "user", content: "Water" }] } },
    ]);
  });

  test.each([
    {},
    { conversation_id: ID, messages: ["x"] },
    { messages: [] },
    { conversation_id: ID, count: 0 },
  ])("of %j are refused", async (body) => {
    const { fetch, asked } = withLabels();
    expect((await fetch("/api/v1/labels/suggest", sending("POST", body))).status).toBe(422);
    expect(asked).toEqual([]);
  });

  test("of an unknown conversation are 404", async () => {
    const { fetch } = fakeController();
    const body = sending("POST", { conversation_id: ID });
    expect((await fetch("/api/v1/labels/suggest", body)).status).toBe(404);
    expect((await fetch("/api/v1/labels/auto", body)).status).toBe(404);
  });

  test("are applied in one call, from 0.7 on unless another threshold is sent [req:labels.auto]", async () => {
    const { fetch, asked } = withLabels();
    const answer = await fetch("/api/v1/labels/auto", sending("POST", { conversation_id: ID }));
    expect(await answer.json()).toEqual({
      ...{ success: true, conversation_id: ID, label: "Garden", previous_label: "Hello" },
      ...{ applied: true, reason: "Near.", suggestions: [onWire], degraded: "no vectors" },
    });
    const wishes = { threshold: 0.2, force: true, count: 2 };
    await fetch(`/api/v1/conversations/${ID}/auto-label`, sending("POST", wishes));
    expect(asked).toEqual([
      { owner: "local", conversationId: ID, threshold: 0.7, force: false, count: 5 },
      { owner: "local", conversationId: ID, ...wishes },
    ]);
  });
});

describe("importance on request [req:importance.routes]", () => {
  test("of a stored message and of a text, with model and reasons; nothing changes", async () => {
    const texts: string[] = [];
    const languageTasks = fakeLanguageTasks({
      score: async (text, { background }) => {
        texts.push(`${text} ${background}`);
        return { score: 7.5, reasoning: "A plan.", model: "small", method: "model" };
      },
    });
    const { fetch, store } = fakeController({ services: { languageTasks } });
    const draft = { label: "x", folder: "/", messages: [{ role: "user", content: "We move." }] };
    const { conversation } = await store.create("local", draft);
    const { items } = await store.messages("local", conversation.id, { limit: 1, offset: 0 });
    const id = items[0]?.id ?? "";
    const scored = { score: 7.5, importance_score: 7.5, reasoning: "A plan." };
    const done = { ...scored, model: "small", method: "model" };
    const stored = { message_id: id, conversation_id: conversation.id, ...done };
    const path = `/api/v1/messages/${id}/importance`;
    expect(await (await fetch(path, { method: "POST" })).json()).toEqual(stored);
    const score = (body: unknown) => fetch("/api/v1/messages/score", sending("POST", body));
    expect(await (await score({ message_id: id })).json()).toEqual(stored);
    expect(await (await score({ content: "Why?" })).json()).toEqual({
      ...{ message_id: null, conversation_id: null, ...done },
    });
    expect(texts).toEqual(["We move. false", "We move. false", "Why? false"]);
    expect(await store.get("local", conversation.id)).toEqual(conversation);
    for (const body of [{}, { content: " " }, { content: "x", text: "y" }]) {
      expect((await score(body)).status).toBe(422);
    }
    expect((await fetch(`/api/v1/messages/${ID}/importance`, { method: "POST" })).status).toBe(404);
  });
});
