import { PROXY_ROUTES, proxyErrorOutput } from "@sekha/sdk/contract";
import { type OpenApiDocument, openApiDocument } from "../../http/openapi.ts";

/** The proxy's interface as OpenAPI 3.1, from the table it is served by. */
export function proxyOpenApi(version: string): OpenApiDocument {
  return openApiDocument(
    PROXY_ROUTES,
    {
      title: "Sekha proxy",
      version,
      description:
        "Gives any OpenAI, Anthropic or Ollama client a memory: what fits is recalled into the prompt, what is said is kept. Routes of Anthropic and Ollama write errors in their protocol's shape, all others in OpenAI's with `detail`.",
    },
    proxyErrorOutput,
  );
}
