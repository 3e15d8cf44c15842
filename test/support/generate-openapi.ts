import { writeFileSync } from "node:fs";
import { controllerOpenApi } from "../../server/src/apps/controller/controller-openapi.ts";
import { VERSION } from "../../server/src/version.ts";

/** docs/reference/controller-openapi.json from the contract; `npm run generate`. */
const file = new URL("../../docs/reference/controller-openapi.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(controllerOpenApi(VERSION), null, 2)}\n`);
