import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../../server/src/storage/vectors/embedded/", import.meta.url);

/** Compiles kernel.wat and writes kernel-bytes.ts beside it. Run after each change of the text. */
async function generateKernel(): Promise<void> {
  const { default: loadWabt } = await import("wabt");
  const wabt = await loadWabt();
  const text = readFileSync(new URL("kernel.wat", FOLDER), "utf8");
  const parsed = wabt.parseWat("kernel.wat", text, { simd: true });
  const base64 = Buffer.from(parsed.toBinary({}).buffer).toString("base64");
  parsed.destroy();
  const lines = base64.match(/.{1,88}/g) ?? [];
  const source = [
    "// Generated from kernel.wat by test/support/generate-kernel.ts. Do not edit.",
    "",
    "/** sha256 of the kernel.wat that was compiled. */",
    "export const KERNEL_SOURCE_SHA256 =",
    `  "${createHash("sha256").update(text).digest("hex")}";`,
    "",
    "/** The compiled module, base64. */",
    "export const KERNEL_BASE64 = [",
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n");
  writeFileSync(fileURLToPath(new URL("kernel-bytes.ts", FOLDER)), source);
}

await generateKernel();
