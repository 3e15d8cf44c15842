import { describe, expect, test } from "vitest";
import type { ChatRequest } from "../../protocols/openai/chat.ts";
import type { ModelEntry, ProviderEntry, ProviderType } from "../registry/entries.ts";
import { GIF, JPG, PNG, pngOf, pngUrl, WEBP } from "./__fixtures__/sample-images.ts";
import { ImageRefusal } from "./image-refusal.ts";
import { countImages, type ImageOptions, prepareImages } from "./images.ts";

const untimed = {
  connectMs: 1,
  headersMs: 1,
  firstTokenMs: 1,
  chunkMs: 1,
  totalMs: 1,
  coldStartMs: 0,
};

function modelWith(vision: Partial<ModelEntry["vision"]>): ModelEntry {
  return {
    providerId: "p",
    modelId: "seeing-model",
    tasks: ["vision"],
    contextWindow: 8192,
    maxOutputTokens: undefined,
    dimension: undefined,
    supportsVision: true,
    supportsAudio: false,
    supportsTools: undefined,
    vision: { maxImages: 3, maxImageBytes: 1000, formats: ["jpeg", "png", "webp"], ...vision },
    tags: [],
    timers: untimed,
    prices: { input: 0n, output: 0n, cachedInput: 0n, cacheWrite: 0n, source: "free" },
    free: true,
    options: {},
  };
}

function providerOf(type: ProviderType): ProviderEntry {
  return {
    id: "p",
    type,
    baseUrl: "http://localhost:1",
    apiKeys: [],
    priority: 1,
    maxConcurrency: undefined,
    region: undefined,
    headers: {},
    keepAlive: undefined,
    options: {},
    models: [],
  };
}

interface Setting extends Partial<ImageOptions> {
  type?: ProviderType;
  vision?: Partial<ModelEntry["vision"]>;
}

function prepare(request: ChatRequest, setting: Setting = {}): Promise<ChatRequest> {
  const { type = "openai", vision = {}, ...options } = setting;
  return prepareImages(request, {
    provider: providerOf(type),
    model: modelWith(vision),
    localCaller: true,
    fetcher: { fetch: () => Promise.reject(new Error("nothing is to be fetched")) },
    files: { read: () => Promise.reject(new Error("nothing is to be read")) },
    signal: new AbortController().signal,
    ...options,
  });
}

function asking(...urls: string[]): ChatRequest {
  const images = urls.map((url) => ({ type: "image_url", image_url: { url, detail: "low" } }));
  return {
    temperature: 0,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: "What is this?" }, ...images] },
    ],
  } as ChatRequest;
}

function urlsOf(request: ChatRequest): string[] {
  return request.messages.flatMap(({ content }) =>
    Array.isArray(content)
      ? content.flatMap((part) => (part.type === "image_url" ? [part.image_url.url] : []))
      : [],
  );
}

function dataUrl(bytes: Buffer, type: string): string {
  return `data:${type};base64,${bytes.toString("base64")}`;
}

describe("images of a request", () => {
  test("are counted in all messages", () => {
    const { messages } = asking(pngUrl());
    expect(countImages({ messages: [...messages, ...messages] })).toBe(2);
    expect(countImages({ messages: [{ role: "user", content: "hello" }] })).toBe(0);
    expect(countImages({ messages: [{ role: "assistant", content: null }] })).toBe(0);
  });

  test("that has none leave it the same object", async () => {
    const request: ChatRequest = { messages: [{ role: "user", content: "hello" }] };
    expect(await prepare(request, { type: "ollama" })).toBe(request);
  });

  test.each(["openai", "openrouter", "litellm", "anthropic"] as const)(
    "go to %s as they are: data URLs and URLs, the request untouched [req:bridge.images]",
    async (type) => {
      const request = asking(pngUrl(), "https://images.example/a.png", "http://nas/b.png");
      expect(await prepare(request, { type })).toBe(request);
    },
  );

  test("go to Ollama as bytes, each URL fetched once, nothing changed in place [req:bridge.images]", async () => {
    const fetched: string[] = [];
    const fetcher = {
      fetch: async (url: string) => {
        fetched.push(url);
        return JPG;
      },
    };
    const request = asking("https://images.example/a", pngUrl(), "https://images.example/a");
    const before = structuredClone(request);
    const prepared = await prepare(request, { type: "ollama", fetcher });
    const jpg = dataUrl(JPG, "image/jpeg");
    expect(urlsOf(prepared)).toEqual([jpg, pngUrl(), jpg]);
    expect(prepared.temperature).toBe(0);
    expect(JSON.stringify(prepared)).toContain('"detail":"low"');
    expect(fetched).toEqual(["https://images.example/a"]);
    expect(request).toEqual(before);
  });

  test("in files become data URLs for every provider, but only for a local caller [req:bridge.images]", async () => {
    const files = { read: async () => PNG };
    const request = asking("file:///pictures/a.png");
    expect(urlsOf(await prepare(request, { files }))).toEqual([pngUrl()]);
    await expect(prepare(request, { files, localCaller: false })).rejects.toThrow(
      "Image 1 is a file: URL; files are read for callers on this machine only.",
    );
  });
});

describe("a data URL", () => {
  test.each([
    ["a wrong type", dataUrl(PNG, "image/jpeg"), pngUrl()],
    ["no type", dataUrl(PNG, ""), pngUrl()],
    ["a type that is no image's", dataUrl(PNG, "application/octet-stream"), pngUrl()],
    ["parameters", pngUrl().replace(";base64", ";name=a.png;base64"), pngUrl()],
    ["line breaks", pngUrl().replace("ORw0", "OR\r\nw0"), pngUrl()],
    ["no padding", pngUrl().replace(/=+$/, ""), pngUrl()],
    [
      "capital letters",
      pngUrl().replace("data:image/png;base64", "DATA:IMAGE/PNG;BASE64"),
      pngUrl(),
    ],
    ["escapes", pngUrl().replace("==", "%3D%3D"), pngUrl()],
    [
      "the URL-safe alphabet",
      pngUrl().replaceAll("+", "-").replaceAll("/", "_").replace("image_png", "image/png"),
      pngUrl(),
    ],
    ["webp's bytes", dataUrl(WEBP, "image/png"), dataUrl(WEBP, "image/webp")],
  ])("with %s is put right", async (_name, written, expected) => {
    expect(urlsOf(await prepare(asking(written)))).toEqual([expected]);
  });

  test.each([
    ["data:image/png;base64,", "not valid base64"],
    ["data:image/png;base64,iVBORw0KGgo*AAAA", "not valid base64"],
    ["data:image/png;base64,iVBO=Rw0KGgoAAAA", "not valid base64"],
    ["data:image/png;base64,iVBORw0KG", "not valid base64"],
    ["data:image/png,rawbytes", "does not begin like"],
    ["data:image/png;base64", "does not begin like"],
    [`data:image/png;base64,${Buffer.from("<svg/>").toString("base64")}`, "none of jpg, png"],
    ["iVBORw0KGgo", "has no URL that can be used"],
    ["ftp://images.example/a.png", "has no URL that can be used"],
    ["", "has no image_url.url"],
  ])("like %s is refused with the image's number", async (url, reason) => {
    const refusal = await prepare(asking(pngUrl(), url)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "invalid_request" });
    expect(String(refusal)).toMatch(/Image 2 /);
    expect(String(refusal)).toContain(reason);
  });
});

describe("a model's limits give a clear refusal [req:bridge.image-limits]", () => {
  test("for too many images", async () => {
    const request = asking(pngUrl(), pngUrl(), "https://images.example/");
    await expect(prepare(request, { vision: { maxImages: 2 } })).rejects.toMatchObject({
      code: "invalid_request",
      message:
        "The request holds 3 images; seeing-model takes at most 2 (vision_capabilities.max_images).",
    });
  });

  test("for too large an image, and not for one just as large", async () => {
    const exact = asking(dataUrl(pngOf(1000), "image/png"));
    expect(await prepare(exact)).toBe(exact);
    await expect(prepare(asking(dataUrl(pngOf(2048), "image/png")))).rejects.toMatchObject({
      code: "invalid_request",
      message:
        "Image 1 has 2 KB, more than the limit of 1000 bytes (vision_capabilities.max_image_size_mb).",
    });
  });

  test("for a format the model does not read, whatever type is claimed", async () => {
    await expect(prepare(asking(dataUrl(GIF, "image/png")))).rejects.toMatchObject({
      code: "invalid_request",
      message:
        "Image 1 is a gif; seeing-model takes jpeg, png, webp (vision_capabilities.supported_formats).",
    });
  });

  test("for a fetched image too, and the other fetches are ended", async () => {
    const ended = Promise.withResolvers<void>();
    const fetcher = {
      fetch: (url: string, { signal }: { signal: AbortSignal }) => {
        if (url.endsWith("bad")) return Promise.reject(new ImageRefusal("could not be fetched."));
        return new Promise<Buffer>((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            ended.resolve();
            reject(signal.reason);
          });
        });
      },
    };
    const request = asking("https://images.example/slow", "https://images.example/bad");
    await expect(prepare(request, { type: "ollama", fetcher })).rejects.toThrow(
      "Image 2 could not be fetched.",
    );
    await ended.promise;
  });

  test("but a caller who is gone is no refusal", async () => {
    const gone = new DOMException("gone", "AbortError");
    const fetcher = { fetch: () => Promise.reject(gone) };
    await expect(
      prepare(asking("https://images.example/"), { type: "ollama", fetcher }),
    ).rejects.toBe(gone);
  });
});
