import { expect, it } from "vitest";
import type { Gateway } from "../llm/gateway.ts";
import { gatewayEmbeddings, remoteEmbeddings } from "./embed-requests.ts";

/** A bridge that answers one vector, as the model it names. */
function bridgeServedBy(model: string) {
  const body = {
    object: "list",
    model,
    data: [{ object: "embedding", index: 0, embedding: [1, 0] }],
  };
  return remoteEmbeddings({
    url: "http://bridge",
    apiKey: undefined,
    fetch: async () => new Response(JSON.stringify(body), { headers: { "x-sekha-model": model } }),
  });
}

const request = { texts: ["text"], model: "nomic-embed-text:latest", dimension: 2, owner: "ada" };

it("takes vectors of the model that was asked for", async () => {
  const embed = bridgeServedBy("nomic-embed-text");
  expect(await embed(request, AbortSignal.timeout(5000))).toEqual([Float32Array.of(1, 0)]);
});

it("refuses another model's vectors, whatever their length: they would poison the memory", async () => {
  const embed = bridgeServedBy("bge-small");
  await expect(embed(request, AbortSignal.timeout(5000))).rejects.toMatchObject({
    code: "embedding_unavailable",
    message: expect.stringContaining("bge-small answered"),
  });
});

it("says why a bridge cannot be reached, which fetch itself does not", async () => {
  const refused = new TypeError("fetch failed", {
    cause: new Error("connect ECONNREFUSED 127.0.0.1:5001"),
  });
  const embed = remoteEmbeddings({
    url: "http://bridge",
    apiKey: undefined,
    fetch: () => Promise.reject(refused),
  });
  await expect(embed(request, AbortSignal.timeout(5000))).rejects.toThrow(
    "The LLM bridge at http://bridge cannot be reached (connect ECONNREFUSED 127.0.0.1:5001).",
  );
});

it("tells the router whose spending it is [req:tenants.embedding-costs]", async () => {
  const owners: string[] = [];
  const gateway = {
    embed: async (_request: unknown, { owner }: { owner: string }) => {
      owners.push(owner);
      return { vectors: [Float32Array.of(1, 0)], served: { modelId: "nomic-embed-text" } };
    },
  } as unknown as Pick<Gateway, "embed">;
  await gatewayEmbeddings(gateway)(request, AbortSignal.timeout(5000));
  expect(owners).toEqual(["ada"]);
});
