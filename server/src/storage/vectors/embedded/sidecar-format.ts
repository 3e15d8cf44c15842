import { crc32 } from "node:zlib";

/** What a vector file says about itself. */
export interface SidecarHeader {
  owner: string;
  modelId: string;
  dimension: number;
  /** Rows in the file, erased ones included. */
  rows: number;
  /** Rows that stand for a vector in the database. */
  live: number;
  /** The newest vectors.seq in it. */
  lastSequence: number;
  roles: string[];
}

/** A file that must not be trusted, and why. */
export class SidecarDamage extends Error {
  override readonly name = "SidecarDamage";
}

/** Magic (8 bytes), format version, header length, header crc32, content crc32: uint32 each. */
export const PREAMBLE_BYTES = 24;
const MAGIC = "SEKHAVEC";
const FORMAT_VERSION = 1;
/** 65,535 roles of a hundred characters are 6 MB. */
const LARGEST_HEADER_BYTES = 64 * 1024 * 1024;

export function headerBytes(header: SidecarHeader): Buffer {
  return Buffer.from(JSON.stringify(header), "utf8");
}

export function preamble(header: Buffer, contentChecksum: number): Buffer {
  const bytes = Buffer.alloc(PREAMBLE_BYTES);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt32LE(FORMAT_VERSION, 8);
  bytes.writeUInt32LE(header.length, 12);
  bytes.writeUInt32LE(crc32(header), 16);
  bytes.writeUInt32LE(contentChecksum, 20);
  return bytes;
}

export function readPreamble(bytes: Buffer): {
  headerLength: number;
  headerChecksum: number;
  contentChecksum: number;
} {
  if (bytes.length < PREAMBLE_BYTES || bytes.toString("latin1", 0, 8) !== MAGIC) {
    throw new SidecarDamage("it does not begin like a vector file");
  }
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) {
    throw new SidecarDamage(`its format is ${version}, this program reads ${FORMAT_VERSION}`);
  }
  const headerLength = bytes.readUInt32LE(12);
  if (headerLength > LARGEST_HEADER_BYTES) {
    throw new SidecarDamage("its header has an impossible length");
  }
  return {
    headerLength,
    headerChecksum: bytes.readUInt32LE(16),
    contentChecksum: bytes.readUInt32LE(20),
  };
}

/** The header once its checksum is right: what was written by this program. */
export function readHeader(bytes: Buffer, checksum: number): SidecarHeader {
  if (crc32(bytes) !== checksum) {
    throw new SidecarDamage("the checksum of its header is wrong");
  }
  return JSON.parse(bytes.toString("utf8")) as SidecarHeader;
}
