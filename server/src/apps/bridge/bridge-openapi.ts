import { BRIDGE_ROUTES, bridgeErrorOutput } from "@sekha/sdk/contract";
import { type OpenApiDocument, openApiDocument } from "../../http/openapi.ts";

/** The bridge's interface as OpenAPI 3.1, from the table it is served by. */
export function bridgeOpenApi(version: string): OpenApiDocument {
  return openApiDocument(
    BRIDGE_ROUTES,
    {
      title: "Sekha LLM bridge",
      version,
      description:
        "Any model of any provider: for OpenAI's, Anthropic's and Ollama's own clients, with fallback, budgets and an account of every call. Routes of Anthropic and Ollama write errors in their protocol's shape, all others with `detail`.",
    },
    bridgeErrorOutput,
  );
}
