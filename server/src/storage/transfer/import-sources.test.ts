import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImportSource } from "../../core/transfer/parsed-import.ts";
import { openImportSources } from "./import-sources.ts";

interface ZipFixture {
  name: string;
  data: Buffer;
  /** What the archive claims instead of the truth. */
  flags?: number;
  claimedSize?: number;
}

/** A ZIP archive as small as the format allows. */
function zip(files: ZipFixture[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, data, flags = 0, claimedSize = data.length } of files) {
    const packed = deflateRawSync(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimedSize, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([
      Buffer.from("504b0304", "hex"),
      common,
      Buffer.from(name),
      packed,
    ]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    centrals.push(
      Buffer.concat([Buffer.from("504b01021400", "hex"), common, tail, Buffer.from(name)]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write("504b0506", 0, "hex");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

async function list(path: string): Promise<ImportSource[]> {
  const sources: ImportSource[] = [];
  for await (const source of openImportSources(path)) {
    sources.push(source);
  }
  return sources;
}

async function read(source: ImportSource | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source?.open() ?? []) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sekha-sources-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(name: string, data: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, data);
  return path;
}

describe("import sources", () => {
  it("takes a named file whatever it is called, and may read it twice", async () => {
    const [source] = await list(await put("export.backup", "[1]"));
    expect(source).toMatchObject({ name: "export.backup", size: 3 });
    expect([await read(source), await read(source)]).toEqual(["[1]", "[1]"]);
  });

  it("walks a folder in order, without hidden, foreign and dangling files", async () => {
    for (const name of ["b/2.md", "b/1.jsonl", "a.TXT", ".hidden/x.md", "b/.x.json", "c.png"]) {
      await put(name, "x");
    }
    await symlink(join(folder, "nowhere"), join(folder, "dead.md"));
    await symlink(join(folder, "a.TXT"), join(folder, "link.txt"));
    await symlink(folder, join(folder, "circle"));
    const names = (await list(folder)).map((source) => source.name);
    expect(names).toEqual(["a.TXT", "b/1.jsonl", "b/2.md", "link.txt"]);
  });

  it("takes only the conversations of an unpacked export", async () => {
    for (const name of [
      "gpt/conversations-000.json",
      "gpt/conversations-001.json",
      "gpt/user.json",
      "gpt/files/note.md",
      "own.json",
    ]) {
      await put(name, "[]");
    }
    const names = (await list(folder)).map((source) => source.name);
    expect(names).toEqual(["gpt/conversations-000.json", "gpt/conversations-001.json", "own.json"]);
  });

  it("reads entries of a ZIP archive, recognised by its content", async () => {
    const text = "[1,2]".repeat(50_000);
    const path = await put(
      "export.dat",
      zip([
        { name: "deep/conversations.json", data: Buffer.from(text) },
        { name: "deep/user.json", data: Buffer.from("{}") },
        { name: "../outside.md", data: Buffer.from("## User") },
      ]),
    );
    const sources = await list(path);
    expect(sources.map(({ name }) => name)).toEqual([
      "export.dat:../outside.md",
      "export.dat:deep/conversations.json",
    ]);
    expect(sources[1]?.size).toBe(text.length);
    expect(await read(sources[1])).toBe(text);
  });

  it("refuses encrypted entries and those that claim an absurd size, when they are opened", async () => {
    const data = Buffer.from("[]");
    const path = await put(
      "bad.zip",
      zip([
        { name: "a.json", data, flags: 1 },
        { name: "b.json", data, claimedSize: 2_000_000_000 },
        { name: "c.json", data, claimedSize: 1_000 },
        { name: "d.json", data },
      ]),
    );
    const sources = await list(path);
    await expect(read(sources[0])).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("encrypted"),
    });
    await expect(read(sources[1])).rejects.toThrow("times its size");
    await expect(read(sources[2])).rejects.toThrow(
      "The ZIP archive bad.zip cannot be read: not enough bytes",
    );
    expect(await read(sources[3])).toBe("[]");
  });

  it("says what is wrong with a missing, empty, damaged or useless path", async () => {
    await expect(list(join(folder, "none.json"))).rejects.toMatchObject({ code: "not_found" });
    await expect(list(await put("empty.json", ""))).rejects.toThrow("is empty");
    await expect(list(await put("cut.zip", Buffer.from("504b030400", "hex")))).rejects.toThrow(
      "cannot be read",
    );
    await expect(
      list(await put("none.zip", zip([{ name: "a.png", data: Buffer.from("x") }]))),
    ).rejects.toThrow("nothing to import");
    await expect(
      list(await put("sub/x.png", "x").then((path) => join(path, ".."))),
    ).rejects.toThrow("nothing to import");
    const socket = createServer().listen(join(folder, "socket"));
    await once(socket, "listening");
    await expect(list(join(folder, "socket"))).rejects.toThrow("neither a file nor a folder");
    socket.close();
  });

  it("leaves a bad file of a folder to be refused alone", async () => {
    await put("a.json", "");
    await put("b.json", "[]");
    const sources = await list(folder);
    await expect(read(sources[0])).rejects.toThrow("is empty");
    expect(await read(sources[1])).toBe("[]");
  });
});
