import { splitDataUrl } from "../data-url.ts";
import { asRecord, asRecords, asString, asText, type JsonRecord } from "../loose-json.ts";
import { Untranslatable } from "../untranslatable.ts";
import type {
  AnthropicDocument,
  AnthropicImage,
  AnthropicSource,
  AnthropicText,
  CacheControl,
} from "./wire.ts";

export type InputBlock = AnthropicText | AnthropicImage | AnthropicDocument;

/**
 * Content as blocks. Empty texts are left out: Anthropic refuses them.
 *
 * @throws Untranslatable for sound, and files that are only an id at OpenAI.
 */
export function inputBlocks(content: unknown): InputBlock[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return asRecords(content).flatMap((part) => {
    const block = inputBlock(part);
    return block === undefined ? [] : [{ ...block, ...cacheControl(part) }];
  });
}

/** A text's or a tool's cache mark as it came. */
export function cacheControl(part: JsonRecord): { cache_control?: CacheControl } {
  const mark = asRecord(part.cache_control);
  return mark === undefined ? {} : { cache_control: mark as unknown as CacheControl };
}

function inputBlock(part: JsonRecord): InputBlock | undefined {
  switch (part.type) {
    case "text":
    case "refusal": {
      const text = asText(part.text) ?? asText(part.refusal);
      return text === undefined ? undefined : { type: "text", text };
    }
    case "image_url":
      return { type: "image", source: imageSource(part.image_url) };
    case "file":
      return documentBlock(asRecord(part.file) ?? {});
    default:
      throw new Untranslatable(`Anthropic's API takes no content of the type "${part.type}".`);
  }
}

function imageSource(image: unknown): AnthropicSource {
  // A bare text in place of the object is what some clients send.
  const url = asString(asRecord(image)?.url) ?? asString(image) ?? "";
  const inline = splitDataUrl(url);
  if (inline !== undefined) {
    return { type: "base64", media_type: mediaType(inline.mediaType), data: inline.base64 };
  }
  if (!/^https?:\/\//i.test(url)) {
    throw new Untranslatable("An image is neither a base64 data: URL nor an https: URL.");
  }
  return { type: "url", url };
}

/** Clients write jpg; Anthropic knows jpeg only. */
function mediaType(type: string): string {
  return type === "image/jpg" ? "image/jpeg" : type;
}

function documentBlock(file: JsonRecord): AnthropicDocument {
  const inline = splitDataUrl(asString(file.file_data) ?? "");
  if (inline === undefined) {
    throw new Untranslatable("A file part has no file_data with a base64 data: URL.");
  }
  const title = asText(file.filename);
  return {
    type: "document",
    source: documentSource(inline),
    ...(title === undefined ? {} : { title }),
  };
}

function documentSource(inline: { mediaType: string; base64: string }): AnthropicSource {
  if (inline.mediaType !== "text/plain") {
    return { type: "base64", media_type: inline.mediaType, data: inline.base64 };
  }
  const text = Buffer.from(inline.base64, "base64").toString("utf8");
  return { type: "text", media_type: "text/plain", data: text };
}
