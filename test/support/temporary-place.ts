import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type SekhaOptions, SekhaProcess } from "./sekha-process.ts";

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sekha-e2e-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A data directory that does not exist yet, in a folder that is gone when the test is over. */
export function emptyDataDirectory(): string {
  return join(temporaryFolder(), "data");
}

/** A running server for this test: on an empty directory when none is named, killed at the end. */
export async function startedSekha(options: Partial<SekhaOptions> = {}): Promise<SekhaProcess> {
  const dataDirectory = options.dataDirectory ?? emptyDataDirectory();
  const sekha = SekhaProcess.spawn({ ...options, dataDirectory });
  onTestFinished(() => sekha.kill());
  await sekha.healthy();
  return sekha;
}
