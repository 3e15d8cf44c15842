import sdk = require("@sekha/sdk");
import contract = require("@sekha/sdk/contract");

/** Compiled with strict and never run: the types that `require` finds. */
const client = new sdk.SekhaClient({ controllerURL: "http://localhost:8080" });

export async function answersAreTyped(): Promise<number> {
  const { total } = await client.search({ query: "x" });
  // @ts-expect-error The query is needed.
  void client.search({});
  return contract.searchBody.safeParse({ query: "x" }).success ? total : 0;
}
