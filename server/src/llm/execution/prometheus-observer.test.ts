import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { Usage } from "../../protocols/openai/chat.ts";
import { ProviderFailure } from "../failure.ts";
import { failing, GOOD_STREAM } from "./__fixtures__/fake-provider.ts";
import {
  ask,
  GatewayWorld,
  options,
  settingsOf,
  threeProviders,
} from "./__fixtures__/gateway-world.ts";
import { PrometheusObserver } from "./prometheus-observer.ts";

test("requests, attempts, tokens, cost and our own time are counted by provider and model [req:bridge.metrics]", async () => {
  const registry = new Registry();
  const of = new GatewayWorld(settingsOf(threeProviders()), {
    observer: new PrometheusObserver(registry),
  });
  of.provider("a").does(failing("server_error"), failing("connect"));
  of.provider("b").does({ kind: "answer" }, { kind: "stream", chunks: GOOD_STREAM });
  await of.gateway.chat(ask(), options());
  const stream = await of.gateway.stream(ask(), options({ commit: "complete" }));
  for await (const _ of stream.events);
  const text = await registry.metrics();
  const b =
    'gen_ai_operation_name="chat",gen_ai_provider_name="litellm",gen_ai_request_model="b-chat",sekha_provider_id="b"';
  for (const line of [
    `gen_ai_client_operation_duration_seconds_count{${b},error_type=""} 2`,
    `gen_ai_client_token_usage_sum{${b},gen_ai_token_type="input"} 20`,
    `gen_ai_client_token_usage_sum{${b},gen_ai_token_type="output"} 10`,
    `sekha_bridge_attempts_total{${b},outcome="ok"} 2`,
    'sekha_provider_id="a",outcome="connect"} 1',
    'sekha_bridge_overhead_seconds_count{gen_ai_operation_name="chat"} 2',
    `sekha_bridge_cost_dollars_total{${b}} 0.00003`,
  ]) {
    expect(text).toContain(line);
  }
});

test("a stream that broke is counted with its error, and what nothing could serve by its code", async () => {
  const registry = new Registry();
  const of = new GatewayWorld(settingsOf(threeProviders().slice(0, 1)), {
    observer: new PrometheusObserver(registry),
  });
  const cut = new ProviderFailure("interrupted", "It broke off.");
  of.provider("a").does({ kind: "stream", chunks: GOOD_STREAM.slice(0, 2), end: cut });
  const stream = await of.gateway.stream(ask(), options());
  const read = async () => {
    for await (const _ of stream.events);
  };
  await expect(read()).rejects.toThrow("broke off");
  of.provider("a").does(failing("connect"));
  await expect(of.gateway.chat(ask(), options())).rejects.toThrow("connect");
  const text = await registry.metrics();
  expect(text).toContain('error_type="interrupted"');
  expect(text).toContain('task="chat_smart",code="providers_unavailable"} 1');
});

test("a usage without numbers costs neither the answer nor the stream, and counts as nothing", async () => {
  const registry = new Registry();
  const of = new GatewayWorld(settingsOf(threeProviders().slice(0, 1)), {
    observer: new PrometheusObserver(registry),
  });
  const texts = { prompt_tokens: "12", completion_tokens: -4, total_tokens: 1e30 };
  for (const usage of [texts, {}, { prompt_tokens: null }] as unknown as Usage[]) {
    of.provider("a").does({ kind: "answer", text: "Hi", usage });
    const { body } = await of.gateway.chat(ask(), options());
    expect(body.choices[0]?.message.content).toBe("Hi");
    const chunks = GOOD_STREAM.map((chunk) => ({ ...chunk, usage }));
    of.provider("a").does({ kind: "stream", chunks });
    const stream = await of.gateway.stream(ask(), options());
    const events = [];
    for await (const event of stream.events) events.push(event);
    expect(events.length).toBeGreaterThan(2);
  }
  expect(await registry.metrics()).toMatch(/token_usage_sum\{.*"input"\} 0\n/);
});
