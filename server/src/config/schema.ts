import { z } from "zod";
import { accessKeys } from "./access-section.ts";
import { maintenanceKeys } from "./maintenance-section.ts";
import { memoryKeys } from "./memory-section.ts";
import { providersKeys } from "./providers-section.ts";
import { proxyKeys } from "./proxy-section.ts";
import { routingKeys } from "./routing-section.ts";
import { searchKeys } from "./search-section.ts";
import { serverKeys } from "./server-section.ts";
import { storageKeys } from "./storage-section.ts";

/**
 * Every key of the configuration file, as it is written there. Other spellings of the same keys
 * are in aliases.ts; the JSON Schema, the reference table and the Config type come from here.
 */
export const configSchema = z.strictObject({
  ...serverKeys,
  ...accessKeys,
  ...storageKeys,
  ...searchKeys,
  ...providersKeys,
  ...routingKeys,
  ...proxyKeys,
  ...memoryKeys,
  ...maintenanceKeys,
});

/** The configuration as validated, still with the file's key names. */
export type WrittenConfig = z.output<typeof configSchema>;
