import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PNG, pngOf } from "./__fixtures__/sample-images.ts";
import { createImageFiles } from "./image-files.ts";

const limit = { bytes: 1000, key: "vision_capabilities.max_image_size_mb" };
const refused = "images.file_folders";
let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sekha-images-"));
  await mkdir(join(root, "pictures", "holidays"), { recursive: true });
  await mkdir(join(root, "pictures-private"));
  await writeFile(join(root, "pictures", "holidays", "ü 1.png"), PNG);
  await writeFile(join(root, "pictures", "large.png"), pngOf(2000));
  await writeFile(join(root, "secret.png"), PNG);
  await writeFile(join(root, "pictures-private", "a.png"), PNG);
  await symlink(join(root, "secret.png"), join(root, "pictures", "link.png"));
  await symlink(root, join(root, "pictures", "up"));
  await symlink(join(root, "pictures"), join(root, "album"));
});
afterAll(() => rm(root, { recursive: true }));

function read(url: string, folders = [join(root, "pictures")]) {
  const { signal } = new AbortController();
  return createImageFiles(folders).read(url, { limit, signal });
}

function urlOf(...path: string[]): string {
  return pathToFileURL(join(root, ...path)).href;
}

describe("an image file", () => {
  test("below a configured folder is read, however deep and however it is named", async () => {
    expect(await read(urlOf("pictures", "holidays", "ü 1.png"))).toEqual(PNG);
  });

  test("is read when the configured folder itself is a link", async () => {
    expect(await read(urlOf("album", "holidays", "ü 1.png"), [join(root, "album")])).toEqual(PNG);
  });

  test.each([
    ["outside", ["secret.png"]],
    ["in a folder whose name only begins alike", ["pictures-private", "a.png"]],
    ["behind a link out of the folder", ["pictures", "link.png"]],
    ["behind a linked folder", ["pictures", "up", "secret.png"]],
    ["that does not exist", ["pictures", "none.png"]],
    ["that is a folder", ["pictures", "holidays"]],
    ["that is the configured folder", ["pictures"]],
  ])("%s is refused", async (_name, path) => {
    await expect(read(urlOf(...path))).rejects.toThrow(refused);
  });

  test("reached by dots is refused, written plainly or encoded", async () => {
    const base = urlOf("pictures");
    await expect(read(`${base}/../secret.png`)).rejects.toThrow(refused);
    await expect(read(`${base}/%2e%2e/secret.png`)).rejects.toThrow(refused);
    await expect(read(`${base}/..%2fsecret.png`)).rejects.toThrow("no path");
  });

  test("on another host is refused", async () => {
    await expect(read("file://server/share/a.png")).rejects.toThrow("no path");
  });

  test("is refused where no folder is configured", async () => {
    await expect(read(urlOf("pictures", "holidays", "ü 1.png"), [])).rejects.toThrow(refused);
  });

  test("is refused beyond the size limit", async () => {
    await expect(read(urlOf("pictures", "large.png"))).rejects.toThrow(
      "has 1.95 KB, more than the limit of 1000 bytes (vision_capabilities.max_image_size_mb)",
    );
  });
});
