import { BRIDGE_ROUTES } from "@sekha/sdk/contract";
import { expect } from "vitest";
import { describeBadInput, type Service } from "../../../../test/support/bad-input/bad-input.ts";
import { startScriptedProvider } from "../../../../test/support/scripted-provider/scripted-provider.ts";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";
import { startRealBridge } from "./__fixtures__/real-bridge.ts";
import type { BridgeApp } from "./bridge-app.ts";
import { type Face, faceOf } from "./face.ts";

const SOME_TEXT = expect.stringMatching(/\S/);

const ERROR_BODIES: Record<Face, object> = {
  openai: {
    error: { message: SOME_TEXT, type: SOME_TEXT, code: SOME_TEXT },
    detail: expect.anything(),
  },
  anthropic: { type: "error", error: { type: SOME_TEXT, message: SOME_TEXT } },
  ollama: { error: SOME_TEXT },
  bridge: { detail: expect.anything() },
};

const BRIDGE: Service = {
  routes: BRIDGE_ROUTES,
  expectErrorBody: (body, response, what) => {
    const face = faceOf(new Request(response.url));
    expect.soft(body, what).toMatchObject(ERROR_BODIES[face]);
  },
  knownPaths: ["/", "//"],
};

/** A caller on this machine; the answer remembers where it came from. */
async function ask(app: BridgeApp, request: Request): Promise<Response> {
  const response = await app.fetch(request, { peerAddress: "127.0.0.1", injected: false });
  return Object.defineProperty(response, "url", { value: request.url });
}

describeBadInput(
  "the bridge on a fake gateway [req:bridge.bad-input]",
  async () => {
    const { app } = fakeBridge();
    return { baseUrl: "http://localhost:5001", fetch: (request) => ask(app, request) };
  },
  BRIDGE,
);

describeBadInput(
  "the bridge on a real gateway [req:bridge.bad-input]",
  async () => {
    const provider = await startScriptedProvider();
    const bridge = await startRealBridge(provider, "openai");
    return {
      baseUrl: bridge.url,
      fetch: (request) => ask(bridge.app, request),
      close: async () => {
        await bridge.close();
        await provider.stop();
      },
    };
  },
  BRIDGE,
);
