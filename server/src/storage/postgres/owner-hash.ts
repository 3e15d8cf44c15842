import { createHash } from "node:crypto";

/** An owner may be any text; names of indexes have 63 bytes at most. */
export function ownerHash(owner: string): string {
  return createHash("sha256").update(owner).digest("hex").slice(0, 16);
}
