import { CONTROLLER_ROUTES } from "@sekha/sdk/contract";
import { type OpenApiDocument, openApiDocument } from "../../http/openapi.ts";

/** The controller's interface as OpenAPI 3.1, from the table it is served by. */
export function controllerOpenApi(version: string): OpenApiDocument {
  return openApiDocument(CONTROLLER_ROUTES, {
    title: "Sekha controller",
    version,
    description:
      "Store conversations, find them again by meaning and by word. On this machine no key is needed until one is made; times are ISO 8601 in UTC; every error has the same body.",
  });
}
