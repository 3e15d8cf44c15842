import { configJsonSchema } from "./json-schema.ts";
import { configReference } from "./reference-table.ts";

/** The generated files of the configuration: path below the repository → text. */
export function configDocuments(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/reference/config.schema.json", `${JSON.stringify(configJsonSchema(), null, 2)}\n`],
    ["docs/reference/configuration.md", configReference()],
  ]);
}
