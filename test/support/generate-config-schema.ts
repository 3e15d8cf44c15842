import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { configDocuments } from "../../server/src/config/config-documents.ts";

/** Writes config.schema.json and configuration.md; run it as `node test/support/generate-config-schema.ts`. */
export function writeConfigDocuments(): void {
  for (const [path, text] of configDocuments()) {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeConfigDocuments();
