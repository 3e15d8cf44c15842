import { describe, expect, test } from "vitest";
import { failing, GOOD_STREAM } from "./execution/__fixtures__/fake-provider.ts";
import {
  ask,
  GatewayWorld,
  modelOf,
  NOTHING_HELD,
  options,
  providerOf,
  settingsOf,
  threeProviders,
} from "./execution/__fixtures__/gateway-world.ts";
import { GatewayError } from "./gateway.ts";

function mixed(): GatewayWorld {
  return new GatewayWorld(
    settingsOf([
      providerOf("p", [
        modelOf({ modelId: "smart" }),
        modelOf({ modelId: "little", task: ["chat_small"] }),
        modelOf({ modelId: "big", task: ["chat_large"] }),
        modelOf({ modelId: "sees", task: ["vision"], supportsVision: true }),
        modelOf({ modelId: "vectors", task: ["embedding"], dimension: 2 }),
        modelOf({ modelId: "poet", task: ["poems"], customTags: ["rhymes"] }),
      ]),
    ]),
  );
}

const IMAGE = {
  type: "image_url" as const,
  image_url: { url: "data:image/png;base64,AAAA" },
};

describe("who is asked", () => {
  test.each([
    [undefined, "smart", "chat_smart"],
    [null, "smart", "chat_smart"],
    ["auto", "smart", "chat_smart"],
    ["Default", "smart", "chat_smart"],
    ["sekha", "smart", "chat_smart"],
    ["chat_small", "little", "chat_small"],
    ["chat_fast", "little", "chat_small"],
    ["big", "big", "chat_large"],
    ["p/little", "little", "chat_small"],
    ["poet", "poet", "poems"],
    ["rhymes", "poet", "poems"],
    ["poems", "poet", "poems"],
    ["gpt-9-mini", "little", "chat_small"],
    ["mistral-large", "big", "chat_large"],
    ["llama3.1:8b", "smart", "chat_smart"],
  ])("model %s: %s serves %s [req:bridge.model-names]", async (model, modelId, task) => {
    const of = mixed();
    const request = model === undefined ? ask() : ask({ model });
    const { served, body } = await of.gateway.chat(request, options());
    expect(served).toMatchObject({ modelId, requestedTask: task });
    expect(body.model).toBe(modelId);
  });

  test("a name that nobody configured is answered, and the reason says so", async () => {
    const { served } = await mixed().gateway.chat(ask({ model: "llama3.1:8b" }), options());
    expect(served.modelId).toBe("smart");
  });

  test("the call's own task holds where the model names none", async () => {
    const { served } = await mixed().gateway.chat(ask(), options({ task: "chat_large" }));
    expect(served.modelId).toBe("big");
  });

  test("an embedding model does not chat", async () => {
    const failed = mixed().gateway.chat(ask({ model: "vectors" }), options());
    await expect(failed).rejects.toMatchObject({ code: "invalid_request" });
    await expect(failed).rejects.toThrow("configured for embedding and does not chat");
  });

  test("images go to a model that sees, or to none [req:bridge.vision-only]", async () => {
    const of = mixed();
    const request = ask({ messages: [{ role: "user", content: [IMAGE] }] });
    expect((await of.gateway.chat(request, options())).served.modelId).toBe("sees");
    of.provider("p").does(failing("server_error"));
    await expect(of.gateway.chat(request, options())).rejects.toMatchObject({
      attempts: [{ modelId: "sees" }],
    });
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("an image that a model minds is told as the caller's mistake when nobody else takes it", async () => {
    const refusal = new GatewayError("invalid_request", "Image 1 is too large.");
    const providers = ["a", "b"].map((id) =>
      providerOf(id, [modelOf({ modelId: id, task: ["vision"], supportsVision: true })]),
    );
    const of = new GatewayWorld(settingsOf(providers), {
      prepareImages: async (request, { provider }) => {
        if (provider.id === "a") throw refusal;
        return { ...request, prepared: true };
      },
    });
    const request = ask({ messages: [{ role: "user", content: [IMAGE] }] });
    expect((await of.gateway.chat(request, options())).served.providerId).toBe("b");
    expect(of.provider("b").requests).toMatchObject([{ prepared: true }]);
    const failed = of.gateway.chat({ ...request, model: "a" }, options({ maxCost: undefined }));
    expect((await failed).served.providerId).toBe("b");
    const alone = new GatewayWorld(settingsOf(providers.slice(0, 1)), {
      prepareImages: () => Promise.reject(refusal),
    });
    await expect(alone.gateway.chat(request, options())).rejects.toThrow("Image 1 is too large.");
    expect(alone.provider("a").calls).toEqual([]);
    expect(alone.held).toEqual(NOTHING_HELD);
  });
});

describe("when nothing serves", () => {
  test("the error says what was tried, why each failed and what to do, without the providers' words [req:bridge.all-failed]", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders()));
    const providerText = "key sk-secret is over quota";
    of.provider("a").does(failing("server_error", { status: 500, providerText }));
    of.provider("b").does(failing("rate_limited", { status: 429, retryAfterMs: 4200 }));
    of.provider("c").does(failing("connect"));
    const error = await of.gateway.chat(ask(), options()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      code: "providers_unavailable",
      retryAfterSeconds: 5,
      attempts: [{ providerId: "a" }, { providerId: "b" }, { providerId: "c" }],
      plan: { accepted: [{}, {}, {}] },
    });
    const text = String(error);
    for (const part of [
      "a/a-chat: server_error",
      "b/b-chat: rate_limited",
      "c/c-chat: connect",
      "Try again",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain("secret");
    expect(of.refusals).toEqual(["providers_unavailable"]);
  });

  test("all keys bad: 502's code, with what to check [req:bridge.all-misconfigured]", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders()));
    of.provider("a").does(failing("unauthorized"));
    of.provider("b").does(failing("payment_required"));
    of.provider("c").does(failing("forbidden"));
    const failed = of.gateway.chat(ask(), options());
    await expect(failed).rejects.toMatchObject({ code: "providers_misconfigured" });
    await expect(failed).rejects.toThrow("api_key");
    // And again, when nobody is even asked.
    await expect(of.gateway.chat(ask(), options())).rejects.toMatchObject({
      code: "providers_misconfigured",
      attempts: [],
    });
  });

  test("open breakers: 503 with the soonest probe", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders().slice(0, 1)));
    of.provider("a").does(failing("server_error"));
    for (let call = 0; call < 3; call += 1) {
      await of.gateway.chat(ask(), options()).catch(() => undefined);
    }
    const failed = of.gateway.chat(ask(), options());
    await expect(failed).rejects.toMatchObject({
      code: "providers_unavailable",
      retryAfterSeconds: 60,
    });
    await expect(failed).rejects.toThrow("Circuit breaker open for provider 'a'");
  });
});

describe("a reload", () => {
  test("leaves calls under way with what they began with, and closes it after the last [req:bridge.reload]", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders()));
    of.provider("a").does({ kind: "stream", chunks: GOOD_STREAM });
    const before = of.provider("a");
    const stream = await of.gateway.stream(ask(), options());
    of.gateway.reload(settingsOf([providerOf("a", [modelOf({ modelId: "new-chat" })])]));
    expect(of.gateway.models().map(({ modelId }) => modelId)).toEqual(["new-chat"]);
    expect((await of.gateway.chat(ask(), options())).served.modelId).toBe("new-chat");
    await of.time.advance(0);
    expect(before.closed).toBe(false);
    for await (const _ of stream.events) expect(before.closed).toBe(false);
    await of.time.advance(0);
    expect(before.closed).toBe(true);
    expect(of.provider("a").closed).toBe(false);
  });

  test("keeps what is known of breakers and health", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders()));
    of.provider("a").does(failing("server_error"));
    for (let call = 0; call < 3; call += 1) await of.gateway.chat(ask(), options());
    of.gateway.reload(settingsOf(threeProviders().slice(0, 2)));
    expect(of.gateway.health()).toMatchObject([
      { status: "unhealthy", lastError: "server_error: It says server_error." },
      { status: "healthy" },
    ]);
    expect(of.gateway.reset("a")).toBe(true);
    expect(of.gateway.health()[0]?.models[0]?.breaker).toEqual({ state: "closed", failures: 0 });
  });

  test("that fails changes nothing", async () => {
    const providers = threeProviders();
    let isBroken = false;
    const of = new GatewayWorld(settingsOf(providers), {
      prices: () => {
        if (isBroken) throw new Error("no prices");
        return { input: 0n, output: 0n, cachedInput: 0n, cacheWrite: 0n, source: "free" };
      },
    });
    isBroken = true;
    expect(() => of.gateway.reload(settingsOf(providers.slice(0, 1)))).toThrow("no prices");
    expect(of.gateway.providers()).toHaveLength(3);
    expect((await of.gateway.chat(ask(), options())).served.providerId).toBe("a");
  });
});

describe("health", () => {
  test("is told by probes as by calls, and costs nothing [req:bridge.free-health]", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders()));
    expect(of.gateway.health()[0]).toMatchObject({ status: "unknown", probe: null });
    expect(await of.gateway.probe("a")).toMatchObject({ ok: true });
    expect(of.gateway.health()[0]).toMatchObject({ status: "healthy", probe: { ok: true, at: 0 } });
    of.provider("a").probeResult = { ok: false, models: undefined, latencyMs: 1, error: "down" };
    await of.time.advance(5);
    await of.gateway.probe("a");
    expect(of.gateway.health()[0]).toMatchObject({
      status: "unhealthy",
      lastFailureAt: 5,
      lastError: "down",
    });
    expect(of.provider("a").calls).toEqual([]);
    expect(of.time.pending).toBe(0);
    await expect(of.gateway.probe("nobody")).rejects.toMatchObject({ code: "not_found" });
  });

  test("is not harmed by a caller's mistake", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders()));
    of.provider("a").does(failing("invalid_request"));
    for (let call = 0; call < 5; call += 1) {
      await of.gateway.chat(ask(), options()).catch(() => undefined);
    }
    expect(of.gateway.health()[0]).toMatchObject({ status: "unknown", lastError: null });
  });
});
