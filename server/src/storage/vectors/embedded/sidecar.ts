import { createHash } from "node:crypto";
import { renameSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Partition } from "./partition.ts";
import { SAVED_BYTES_PER_ROW } from "./row-columns.ts";
import {
  headerBytes,
  PREAMBLE_BYTES,
  preamble,
  readHeader,
  readPreamble,
  SidecarDamage,
  type SidecarHeader,
} from "./sidecar-format.ts";

const EXTENSION = ".vectors";
const TEMPORARY_EXTENSION = ".vectors-writing";
/** Written and read at once: between two slices, searches have their turn. */
const SLICE_BYTES = 1024 * 1024;

/** One file for each owner and model, named so that any owner and model id makes a file name. */
export function sidecarPath(directory: string, owner: string, modelId: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([owner, modelId]))
    .digest("hex");
  return join(directory, `${hash.slice(0, 32)}${EXTENSION}`);
}

/** Removes what a process that died while writing left behind. */
export async function removeUnfinished(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(directory)) {
    if (name.endsWith(TEMPORARY_EXTENSION)) {
      await rm(join(directory, name), { force: true });
    }
  }
}

/**
 * Writes the partition as it is now, beside the old file, and puts it in its place once it is on
 * disk. False, and nothing is left, when rows were erased meanwhile: the file would hold them.
 */
export async function writeSidecar(partition: Partition, path: string): Promise<boolean> {
  const erasures = partition.erasures;
  const isStale = () => partition.erasures !== erasures;
  const temporary = path.replace(EXTENSION, TEMPORARY_EXTENSION);
  const file = await open(temporary, "w", 0o600);
  let complete = false;
  try {
    complete = await writeContent(file, partition, isStale);
    await file.sync();
  } finally {
    await file.close();
    if (!complete || isStale()) {
      await rm(temporary, { force: true });
    }
  }
  if (!complete || isStale()) {
    return false;
  }
  // In the same turn as the check, so that nothing is erased between the two.
  renameSync(temporary, path);
  await syncFolder(join(path, ".."));
  return true;
}

/** Fills an empty partition. Throws SidecarDamage when the file is not to be trusted. */
export async function readSidecar(partition: Partition, path: string): Promise<SidecarHeader> {
  const file = await open(path, "r");
  try {
    const start = await readExactly(file, Buffer.alloc(PREAMBLE_BYTES), 0);
    const { headerLength, headerChecksum, contentChecksum } = readPreamble(start);
    const raw = await readExactly(file, Buffer.alloc(headerLength), PREAMBLE_BYTES);
    const header = readHeader(raw, headerChecksum);
    checkIdentity(partition, header);
    const from = PREAMBLE_BYTES + headerLength;
    const expected = from + header.rows * (SAVED_BYTES_PER_ROW + partition.matrix.bytesPerRow);
    const { size } = await file.stat();
    if (size !== expected) {
      throw new SidecarDamage(`it has ${size} bytes instead of ${expected}`);
    }
    reserve(partition, header);
    if ((await readContent(file, partition, from)) !== contentChecksum) {
      throw new SidecarDamage("its checksum is wrong");
    }
    partition.adopt(header.lastSequence);
    if (partition.live !== header.live) {
      throw new SidecarDamage("its rows are not as many as its header says");
    }
    return header;
  } finally {
    await file.close();
  }
}

async function writeContent(
  file: FileHandle,
  partition: Partition,
  isStale: () => boolean,
): Promise<boolean> {
  const rows = partition.rows;
  const header = headerBytes({
    owner: partition.owner,
    modelId: partition.model.id,
    dimension: partition.model.dimension,
    rows,
    live: partition.live,
    lastSequence: partition.lastSequence,
    roles: [...partition.columns.roles],
  });
  const scratch = Buffer.alloc(SLICE_BYTES);
  let position = PREAMBLE_BYTES + header.length;
  let checksum = 0;
  for (const { bytes, view } of content(partition, rows)) {
    for (let done = 0; done < bytes; done += SLICE_BYTES) {
      if (isStale()) {
        return false;
      }
      // Copied: memory may grow, and then move, while the slice is being written.
      const slice = scratch.subarray(0, Math.min(SLICE_BYTES, bytes - done));
      slice.set(view().subarray(done, done + slice.length));
      checksum = crc32(slice, checksum);
      await writeAll(file, slice, position);
      position += slice.length;
    }
  }
  await writeAll(file, header, PREAMBLE_BYTES);
  await writeAll(file, preamble(header, checksum), 0);
  return true;
}

async function readContent(file: FileHandle, partition: Partition, from: number): Promise<number> {
  const scratch = Buffer.alloc(SLICE_BYTES);
  let position = from;
  let checksum = 0;
  for (const { bytes, view } of content(partition, partition.rows)) {
    for (let done = 0; done < bytes; done += SLICE_BYTES) {
      const slice = scratch.subarray(0, Math.min(SLICE_BYTES, bytes - done));
      await readExactly(file, slice, position);
      checksum = crc32(slice, checksum);
      view().set(slice, done);
      position += slice.length;
    }
  }
  return checksum;
}

/** What follows the header: the columns, then the matrix. */
function* content(partition: Partition, rows: number) {
  const columns = partition.columns.saved(rows).length;
  for (let column = 0; column < columns; column += 1) {
    const view = () => partition.columns.saved(rows)[column] ?? new Uint8Array(0);
    yield { bytes: view().length, view };
  }
  yield* partition.matrix.pieces(rows);
}

function checkIdentity(partition: Partition, header: SidecarHeader): void {
  const { owner, model } = partition;
  if (header.owner !== owner || header.modelId !== model.id) {
    throw new SidecarDamage("it belongs to another owner or model");
  }
  if (header.dimension !== model.dimension) {
    throw new SidecarDamage(
      `its vectors have ${header.dimension} components, those of the model ${model.dimension}`,
    );
  }
}

function reserve(partition: Partition, header: SidecarHeader): void {
  partition.columns.reserve(header.rows);
  partition.matrix.extend(header.rows);
  for (const role of header.roles) {
    partition.columns.roleCode(role);
  }
}

async function readExactly(file: FileHandle, into: Buffer, position: number): Promise<Buffer> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) {
      throw new SidecarDamage("it ends too early");
    }
    done += bytesRead;
  }
  return into;
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Makes a rename durable. Windows has no way to sync a folder and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") {
    return;
  }
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
