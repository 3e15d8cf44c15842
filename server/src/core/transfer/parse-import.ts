import { readClaudeXml } from "./claude-xml.ts";
import { detectShape } from "./file-shape.ts";
import { IdentityOrdinals } from "./import-identity.ts";
import { JsonElementScanner } from "./json-elements.ts";
import { JsonFile, toItem } from "./json-file.ts";
import { LineReader } from "./line-reader.ts";
import { readMarkdown } from "./markdown.ts";
import { restoreMarkdown } from "./markdown-restore.ts";
import type { ParseContext, ParsedItem, Progress, Refusal } from "./parsed-import.ts";
import { readPlainText } from "./plain-text.ts";
import { byteOrderMarkLength, peekBytes, toUtf8 } from "./text-encoding.ts";

export interface ParseOptions {
  /** Names the source in refusals; its stem is the label where the text has none. */
  fileName: string;
  /** Puts every conversation there instead of its format's folder. */
  folder?: string | undefined;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Read ahead to tell the formats apart. */
const HEAD_BYTES = 64 * 1024;
const PROGRESS_BYTES = 1024 * 1024;
/** XML, foreign Markdown and plain text are one document: they are held while they are read. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;
const NO_MARKERS =
  "no turns found: expected JSON, or lines such as '## User', '**User:**' or 'User:' before what each side said";

/**
 * Reads a file of any known format, told by its content, and yields its conversations as they
 * become complete, what is refused with the reason, and progress about every megabyte. Damage
 * and reading errors end in a refusal, never in an exception.
 */
export async function* parseImport(
  bytes: AsyncIterable<Uint8Array>,
  options: ParseOptions,
): AsyncGenerator<ParsedItem> {
  const context: ParseContext = {
    fileName: options.fileName,
    folder: options.folder,
    importedAt: new Date(options.now()).toISOString(),
  };
  const input = new MeasuredBytes(bytes);
  let reported = 0;
  let index = 0;
  for await (const item of parseFile(input, context)) {
    if (item.kind === "progress") {
      if (item.bytesRead - reported >= PROGRESS_BYTES) {
        reported = item.bytesRead;
        yield item;
      }
    } else {
      index = item.location.index + 1;
      yield item;
    }
  }
  if (input.failure !== undefined) {
    yield {
      kind: "refusal",
      location: { file: options.fileName, index, byte: input.bytesRead },
      reason: `reading stopped after ${input.bytesRead} bytes: ${input.failure}`,
    };
  }
  yield { kind: "progress", bytesRead: input.bytesRead };
}

/** Counts what passes and turns a reading error into an end of the stream. */
class MeasuredBytes implements AsyncIterable<Uint8Array> {
  bytesRead = 0;
  failure: string | undefined;
  private readonly bytes: AsyncIterable<Uint8Array>;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.bytes) {
        this.bytesRead += chunk.length;
        yield chunk;
      }
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  progress(): Progress {
    return { kind: "progress", bytesRead: this.bytesRead };
  }
}

async function* parseFile(input: MeasuredBytes, context: ParseContext): AsyncGenerator<ParsedItem> {
  const original = await peekBytes(input, 4);
  const shift = byteOrderMarkLength(original.head);
  const { head, bytes } = await peekBytes(toUtf8(original.bytes), HEAD_BYTES);
  const shape = detectShape(head);
  const measured = { input, bytes, shift };
  if (typeof shape === "object") {
    await closeStream(bytes);
    if (input.failure === undefined) {
      yield refusal(context, shape.unusable);
    }
  } else if (shape === "json") {
    yield* parseJson(measured, context);
  } else if (shape === "sekha-markdown") {
    const isCrlf = Buffer.from(head).toString("latin1").trimStart().startsWith("---\r\n");
    yield* parseSekhaMarkdown(measured, { ...context, isCrlf });
  } else {
    yield* parseDocument(measured, { ...context, isXml: shape === "xml" });
  }
}

interface MeasuredText {
  input: MeasuredBytes;
  bytes: AsyncIterable<Uint8Array>;
  /** Length of the byte order mark that `bytes` lacks. */
  shift: number;
}

async function* parseJson(
  { input, bytes, shift }: MeasuredText,
  context: ParseContext,
): AsyncGenerator<ParsedItem> {
  const scanner = new JsonElementScanner({ firstByte: shift });
  const file = new JsonFile(context);
  for await (const chunk of bytes) {
    for (const piece of scanner.push(chunk)) {
      yield* file.read(piece);
    }
    yield input.progress();
  }
  for (const piece of scanner.end()) {
    yield* file.read(piece);
  }
  yield* file.end();
}

async function* parseSekhaMarkdown(
  { input, bytes, shift }: MeasuredText,
  context: ParseContext & { isCrlf: boolean },
): AsyncGenerator<ParsedItem> {
  const lines = new LineReader(bytes, { isCrlf: context.isCrlf });
  const ordinals = new IdentityOrdinals();
  let index = 0;
  try {
    for await (const { reading, byte } of restoreMarkdown(lines, context)) {
      const location = { file: context.fileName, index, byte: byte + shift };
      index += 1;
      yield toItem(reading, location, ordinals);
      yield input.progress();
    }
  } finally {
    await lines.close();
  }
}

async function* parseDocument(
  { input, bytes, shift }: MeasuredText,
  context: ParseContext & { isXml: boolean },
): AsyncGenerator<ParsedItem> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_DOCUMENT_BYTES) {
      yield refusal(
        context,
        "it is larger than the 64 MB that XML, Markdown and text files may have",
      );
      return;
    }
    text += decoder.decode(chunk, { stream: true });
    yield input.progress();
  }
  text += decoder.decode();
  if (!context.isXml) {
    const reading = readMarkdown(text, context) ?? readPlainText(text, context);
    const location = { file: context.fileName, index: 0, byte: shift };
    yield toItem(reading ?? { refused: NO_MARKERS }, location, new IdentityOrdinals());
    return;
  }
  const ordinals = new IdentityOrdinals();
  let index = 0;
  for (const { reading, byte } of readClaudeXml(text, context)) {
    yield toItem(reading, { file: context.fileName, index, byte: byte + shift }, ordinals);
    index += 1;
  }
}

function refusal(context: ParseContext, reason: string): Refusal {
  return { kind: "refusal", location: { file: context.fileName, index: 0, byte: 0 }, reason };
}

async function closeStream(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await bytes[Symbol.asyncIterator]().return?.();
}
