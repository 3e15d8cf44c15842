import { createReadStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import type { ImportReport, JobResponse, SekhaClient } from "@sekha/sdk";
import { CliError } from "./cli-error.ts";
import type { ImportFile } from "./import-files.ts";
import type { ProgressLine } from "./progress.ts";
import { formatBytes, formatNumber } from "./quantities.ts";
import { Rate } from "./rate.ts";
import type { Session } from "./session.ts";

interface Upload {
  session: Session;
  client: SekhaClient;
  file: ImportFile;
  /** "3/12 name" */
  title: string;
  folder: string | undefined;
  bar: ProgressLine;
  signal: AbortSignal;
}

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

const POLL_MILLISECONDS = 250;
/** Smaller files are answered in one request: a folder of notes has thousands. */
const JOB_BYTES = 1_000_000;

/** Sends one file and follows its import to the end. */
export async function importFile(upload: Upload): Promise<ImportReport> {
  const { client, file, folder, signal } = upload;
  const query = { filename: file.name, folder };
  const body = uploadStream(upload);
  if (file.size < JOB_BYTES) return client.import(body, query, { signal });
  const job = await client.import(body, query, { wait: false, signal });
  return followJob(upload, job);
}

function uploadStream({ session, file, title, bar }: Upload): Bytes {
  const rate = new Rate(session.io.now);
  let sent = 0;
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, next) {
      sent += chunk.byteLength;
      bar.update({
        label: `Reading ${title}`,
        fraction: file.size === 0 ? null : sent / file.size,
        parts: [formatBytes(sent), `${formatBytes(rate.perSecond(sent))}/s`],
        remainingMilliseconds: rate.remainingMilliseconds(sent, file.size),
      });
      next(null, chunk);
    },
  });
  const reading = createReadStream(file.path);
  reading.on("error", (error) => counter.destroy(error));
  counter.on("close", () => reading.destroy());
  return Readable.toWeb(reading.pipe(counter)) as Bytes;
}

async function followJob(upload: Upload, accepted: JobResponse): Promise<ImportReport> {
  const { session, client, title, bar, signal } = upload;
  const rate = new Rate(session.io.now);
  let job = accepted;
  while (job.state === "queued" || job.state === "running") {
    const { done, total } = job.progress;
    bar.update({
      label: `Importing ${title}`,
      fraction: total > 0 ? done / total : null,
      parts: [...countsOf(job), `${formatBytes(rate.perSecond(done))}/s`],
      remainingMilliseconds: rate.remainingMilliseconds(done, total),
    });
    await session.io.sleep(POLL_MILLISECONDS, signal);
    job = await client.job(job.job_id, { signal });
  }
  if (job.state === "failed") throw new CliError(job.error ?? "The import failed.");
  const { report } = job.detail;
  if (!isReport(report)) {
    throw new CliError("The server says that the import is done, but not with what result.", {
      fix: "`sekha stats` shows what is stored.",
    });
  }
  return report;
}

function countsOf({ detail }: JobResponse): string[] {
  const { conversations, messages } = detail;
  return [
    ...(typeof conversations === "number" ? [formatNumber(conversations, "conversation")] : []),
    ...(typeof messages === "number" ? [formatNumber(messages, "message")] : []),
  ];
}

function isReport(value: unknown): value is ImportReport {
  return typeof value === "object" && value !== null && "created" in value && "refused" in value;
}
