import { writeFileSync } from "node:fs";
import { bridgeOpenApi } from "../../server/src/apps/bridge/bridge-openapi.ts";
import { controllerOpenApi } from "../../server/src/apps/controller/controller-openapi.ts";
import { proxyOpenApi } from "../../server/src/apps/proxy/proxy-openapi.ts";
import { VERSION } from "../../server/src/version.ts";
import { cliReference } from "./cli-reference.ts";
import { oldClientsPage } from "./old-clients.ts";
import { sdkReferencePage } from "./sdk-reference.ts";

/** Pages of docs/reference that follow from the contract and its tests; `npm run generate`. */
function write(name: string, text: string): void {
  writeFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), text);
}

write("controller-openapi.json", `${JSON.stringify(controllerOpenApi(VERSION), null, 2)}\n`);
write("bridge-openapi.json", `${JSON.stringify(bridgeOpenApi(VERSION), null, 2)}\n`);
write("proxy-openapi.json", `${JSON.stringify(proxyOpenApi(VERSION), null, 2)}\n`);
write("old-clients.md", oldClientsPage());
write("command-line.md", await cliReference());
write("sdk.md", sdkReferencePage());
