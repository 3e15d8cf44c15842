import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { KERNEL_SOURCE_SHA256 } from "./kernel-bytes.ts";

it("the compiled kernel is that of kernel.wat (else run test/support/generate-kernel.ts)", () => {
  const text = readFileSync(new URL("kernel.wat", import.meta.url));
  expect(createHash("sha256").update(text).digest("hex")).toBe(KERNEL_SOURCE_SHA256);
});
