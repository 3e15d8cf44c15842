import type { ChatMessage, ChatRequest, ContentPart } from "../../protocols/openai/chat.ts";
import { GatewayError } from "../gateway.ts";
import type { ModelEntry, ProviderEntry } from "../registry/entries.ts";
import { readDataUrl, toDataUrl } from "./data-url.ts";
import type { ImageFetcher } from "./guarded-fetch.ts";
import type { ImageFiles } from "./image-files.ts";
import { imageFormat, MIME_TYPES, takesFormat } from "./image-format.ts";
import { ImageRefusal, type SizeLimit } from "./image-refusal.ts";

export interface ImageOptions {
  provider: ProviderEntry;
  model: ModelEntry;
  /** Whether the caller is on this machine: only then are files read. */
  localCaller: boolean;
  fetcher: ImageFetcher;
  files: ImageFiles;
  signal: AbortSignal;
}

type ImagePart = Extract<ContentPart, { type: "image_url" }>;

/** How many images a request holds, in all of its messages. */
export function countImages(request: ChatRequest): number {
  return imageParts(request).length;
}

/**
 * The request as this provider can take it: each image checked against the model's limits and, where the provider
 * takes bytes only (Ollama), fetched or read. Providers that take URLs get them as they are; what is behind those is
 * checked by them. No image is ever left out. Without images the same object comes back; nothing is changed in place.
 * Throws GatewayError `invalid_request`, naming the image, its size and the limit.
 */
export async function prepareImages(
  request: ChatRequest,
  options: ImageOptions,
): Promise<ChatRequest> {
  const parts = imageParts(request);
  if (parts.length === 0) return request;
  checkCount(parts.length, options.model);
  const urls = await preparedUrls(parts, options);
  const replaced = new Map<ContentPart, ContentPart>();
  for (const [index, part] of parts.entries()) {
    const url = urls[index];
    if (url !== undefined && url !== part.image_url.url) {
      replaced.set(part, { ...part, image_url: { ...part.image_url, url } });
    }
  }
  if (replaced.size === 0) return request;
  return { ...request, messages: request.messages.map((message) => withParts(message, replaced)) };
}

function imageParts(request: ChatRequest): ImagePart[] {
  return request.messages.flatMap(({ content }) =>
    Array.isArray(content) ? content.filter(isImage) : [],
  );
}

function isImage(part: ContentPart): part is ImagePart {
  return part.type === "image_url";
}

function checkCount(images: number, { modelId, vision }: ModelEntry): void {
  if (images <= vision.maxImages) return;
  throw new GatewayError(
    "invalid_request",
    `The request holds ${images} images; ${modelId} takes at most ${vision.maxImages} (vision_capabilities.max_images).`,
  );
}

/** Side by side, each URL once; the first that is refused ends the others. */
async function preparedUrls(parts: readonly ImagePart[], options: ImageOptions): Promise<string[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const byUrl = new Map<string, Promise<string>>();
  const writtenUrls = parts.map((part, index) => urlOf(part, index + 1));
  const urls = writtenUrls.map((written, index) => {
    const known = byUrl.get(written);
    if (known !== undefined) return known;
    const prepared = preparedUrl(written, index + 1, { ...options, signal });
    byUrl.set(written, prepared);
    return prepared;
  });
  try {
    return await Promise.all(urls);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(urls);
    throw error;
  }
}

/** The type promises a URL, but the request came from outside. */
function urlOf(part: ImagePart, number: number): string {
  const written: unknown = part.image_url?.url;
  if (typeof written === "string" && written !== "") return written;
  throw new GatewayError("invalid_request", `Image ${number} has no image_url.url.`);
}

async function preparedUrl(url: string, number: number, options: ImageOptions): Promise<string> {
  try {
    return await acceptableUrl(url, options);
  } catch (error) {
    if (!(error instanceof ImageRefusal)) throw error;
    throw new GatewayError("invalid_request", `Image ${number} ${error.message}`, { cause: error });
  }
}

async function acceptableUrl(url: string, options: ImageOptions): Promise<string> {
  const { provider, model, fetcher, files, localCaller, signal } = options;
  const limit = sizeLimit(model);
  switch (schemeOf(url)) {
    case "data":
      return checkedDataUrl(readDataUrl(url, limit), model, url);
    case "http":
    case "https":
      if (provider.type !== "ollama") return url;
      return checkedDataUrl(await fetcher.fetch(url, { limit, signal }), model);
    case "file":
      if (!localCaller) {
        throw new ImageRefusal("is a file: URL; files are read for callers on this machine only.");
      }
      return checkedDataUrl(await files.read(url, { limit, signal }), model);
    default:
      throw new ImageRefusal("has no URL that can be used: send a data:, https: or file: URL.");
  }
}

function sizeLimit({ vision }: ModelEntry): SizeLimit {
  return { bytes: vision.maxImageBytes, key: "vision_capabilities.max_image_size_mb" };
}

/** Without parsing: a data URL has millions of characters. */
function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]{0,20}):/i.exec(url)?.[1]?.toLowerCase();
}

/** The true type is written into it, whatever was claimed; one that is right already stays the same string. */
function checkedDataUrl(bytes: Buffer, model: ModelEntry, written?: string): string {
  const format = imageFormat(bytes);
  if (format === undefined) {
    throw new ImageRefusal("is none of jpg, png, gif and webp, by its first bytes.");
  }
  const { formats } = model.vision;
  if (!takesFormat(formats, format)) {
    throw new ImageRefusal(
      `is a ${format}; ${model.modelId} takes ${formats.join(", ")} (vision_capabilities.supported_formats).`,
    );
  }
  const exact = toDataUrl(bytes, MIME_TYPES[format]);
  return exact === written ? written : exact;
}

function withParts(
  message: ChatMessage,
  replaced: ReadonlyMap<ContentPart, ContentPart>,
): ChatMessage {
  const { content } = message;
  if (!Array.isArray(content) || !content.some((part) => replaced.has(part))) return message;
  return { ...message, content: content.map((part) => replaced.get(part) ?? part) };
}
