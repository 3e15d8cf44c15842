import { crc32, deflateRawSync } from "node:zlib";

/** A ZIP archive of the files, each deflated. */
export function zipFile(files: Readonly<Record<string, string>>): Buffer<ArrayBuffer> {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const facts = factsOf(name, text);
    const local = Buffer.concat([header("PK\x03\x04", facts), facts.name, facts.data]);
    const central = header("PK\x01\x02", facts);
    central.writeUInt32LE(offset, 42);
    entries.push(Buffer.concat([central, facts.name]));
    bodies.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, directory, end]);
}

interface EntryFacts {
  name: Buffer;
  data: Buffer;
  checksum: number;
  size: number;
}

function factsOf(name: string, text: string): EntryFacts {
  const bytes = Buffer.from(text);
  const data = deflateRawSync(bytes);
  return { name: Buffer.from(name), data, checksum: crc32(bytes), size: bytes.length };
}

/** The central directory's header has the version of its maker before what both have. */
function header(signature: "PK\x03\x04" | "PK\x01\x02", facts: EntryFacts): Buffer {
  const isCentral = signature === "PK\x01\x02";
  const bytes = Buffer.alloc(isCentral ? 46 : 30);
  bytes.write(signature, "latin1");
  const at = isCentral ? 6 : 4;
  bytes.writeUInt16LE(20, at);
  bytes.writeUInt16LE(8, at + 4);
  bytes.writeUInt32LE(facts.checksum, at + 10);
  bytes.writeUInt32LE(facts.data.length, at + 14);
  bytes.writeUInt32LE(facts.size, at + 18);
  bytes.writeUInt16LE(facts.name.length, at + 22);
  return bytes;
}
