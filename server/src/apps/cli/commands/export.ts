import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { CliError } from "../cli-error.ts";
import { addFilterOptions, type FilterOptions, filtersOf } from "../filter-options.ts";
import { interruptible } from "../interruption.ts";
import { formatBytes } from "../quantities.ts";
import type { Session } from "../session.ts";

interface ExportOptions extends FilterOptions {
  format: "jsonl" | "json" | "markdown";
  output: string;
}

export function addExportCommand(program: Command, action: Action): void {
  const command = program
    .command("export")
    .description("Write conversations as JSON Lines (can be imported again) or Markdown (to read).")
    .addOption(
      new Option("--format <format>", "how to write them; json is one object around the lines")
        .choices(["jsonl", "json", "markdown"])
        .default("jsonl"),
    )
    .option("-o, --output <file>", "file to write; - is the standard output", "-");
  addFilterOptions(command, { when: "updated" })
    .addHelpText(
      "after",
      `
Examples:
  $ sekha export > memory.jsonl
  $ sekha export --format markdown --folder /work --output work.md
  $ sekha export --since 2026-01-01 --output january.jsonl
`,
    )
    .action(action(exportConversations));
}

async function exportConversations(session: Session, options: ExportOptions): Promise<void> {
  const { format, output } = options;
  const query = { ...filtersOf(session, options), format, status: "all" } as const;
  await interruptible(session, "Run the command again for a whole export.", (signal) =>
    session.withMemory(async ({ client }) => {
      const text = client.export(query, { signal });
      if (output === "-") {
        return pipeline(Readable.from(text), session.io.stdout, { signal, end: false });
      }
      await writeFile(session, { text, name: output, signal });
    }),
  );
}

interface FileTarget {
  text: AsyncIterable<string>;
  name: string;
  signal: AbortSignal;
}

/** Whole or not at all: written beside, then renamed. */
async function writeFile(session: Session, { text, name, signal }: FileTarget): Promise<void> {
  const file = resolve(session.io.cwd, name);
  const temporary = join(dirname(file), `.sekha-export-${randomUUID()}.tmp`);
  const bar = session.progress();
  let bytes = 0;
  const counted = async function* () {
    for await (const piece of text) {
      bytes += Buffer.byteLength(piece);
      bar.update({ label: "Exporting", fraction: null, parts: [formatBytes(bytes)] });
      yield piece;
    }
  };
  try {
    await pipeline(Readable.from(counted()), createWriteStream(temporary, { flush: true }), {
      signal,
    });
    await rename(temporary, file);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { code, syscall } = error as { code?: string; syscall?: string };
    if (syscall === undefined) throw error;
    throw new CliError(`${file} cannot be written (${code}).`, {
      fix: "Choose a folder that exists, may be written and has room.",
      cause: error,
    });
  } finally {
    bar.clear();
    await rm(temporary, { force: true });
  }
  if (session.json) session.printJson({ file, bytes });
  else session.note(`Wrote ${file} (${formatBytes(bytes)}).`);
}
