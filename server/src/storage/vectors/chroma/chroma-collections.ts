import type { ChromaClient, Collection, EmbeddingFunction } from "chromadb";
import { SekhaError } from "../../../core/errors.ts";
import { collectionName } from "../../../core/ports/vector-store.ts";
import { type CallLimit, type ChromaConnection, WRITE_LIMIT } from "./chroma-connection.ts";
import { isMissing, isTaken } from "./chroma-error.ts";

/** How a collection measures distances. */
export type Space = "cosine" | "l2" | "ip";

export interface CollectionHandle {
  /** Chroma's own id: another one under the same name is another collection. */
  id: string;
  name: string;
  space: Space;
}

/** Texts are embedded by Sekha; without it the client looks for a package that does it, and complains. */
const NO_EMBEDDING: EmbeddingFunction = {
  generate: () => Promise.reject(new Error("Chroma is never asked to embed")),
};

/** Finds and makes the collections of a memory. */
export class ChromaCollections {
  readonly #connection: ChromaConnection;
  /** Called when a collection had to be made: what the rows have of it is not there. */
  readonly #onMade: () => void;
  readonly #known = new Map<string, CollectionHandle>();

  constructor(connection: ChromaConnection, onMade: () => void) {
    this.#connection = connection;
    this.#onMade = onMade;
  }

  /** `conversations_{dimension}`, cosine space; made when it is missing. */
  async ofDimension(dimension: number, limit: CallLimit): Promise<CollectionHandle> {
    const name = collectionName(dimension);
    const found = await this.find(name, limit);
    if (found !== null) return found;
    const made = await this.#connection.call("making a collection", limit, async (client) => {
      const configuration = { hnsw: { space: "cosine" as const } };
      try {
        return handleOf(
          await client.createCollection({ name, configuration, embeddingFunction: null }),
        );
      } catch (error) {
        // Another controller was faster.
        if (isTaken(error)) return handleOf(await collectionByName(client, name));
        this.#connection.forget();
        throw error;
      }
    });
    this.#known.set(name, made);
    this.#onMade();
    return made;
  }

  /** Null when there is none of that name. */
  async find(name: string, limit: CallLimit): Promise<CollectionHandle | null> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // Each asks by its own limit: a search must not wait for an answer that a background job has time for.
    try {
      const found = await this.#connection.call("looking for a collection", limit, async (client) =>
        handleOf(await collectionByName(client, name)),
      );
      this.#known.set(name, found);
      return found;
    } catch (error) {
      // What is missing now may be made by another controller or by v1.
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /**
   * Works on a collection. When the server has lost it meanwhile, it is looked for again at the next call.
   * @throws SekhaError `unavailable`.
   */
  async use<T>(
    { id, name }: CollectionHandle,
    { what, limit = WRITE_LIMIT }: { what: string; limit?: CallLimit },
    work: (
      collection: Pick<Collection, "count" | "delete" | "get" | "query" | "upsert">,
    ) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#connection.call(what, limit, (client) => work(client.collection(id)));
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.#known.delete(name);
      throw new LostCollection(name);
    }
  }
}

/** Somebody deleted it, or the server came back without its data. */
export class LostCollection extends SekhaError {
  constructor(name: string) {
    super(
      "unavailable",
      `ChromaDB has no collection ${name} any more; it is made and filled again from the rows.`,
    );
  }
}

async function collectionByName(client: ChromaClient, name: string): Promise<Collection> {
  return await client.getCollection({ name, embeddingFunction: NO_EMBEDDING });
}

function handleOf({ id, name, configuration, metadata }: Collection): CollectionHandle {
  if (typeof id !== "string") throw new Error("a collection without id");
  const space =
    configuration?.hnsw?.space ?? configuration?.spann?.space ?? metadata?.["hnsw:space"];
  return { id, name, space: space === "cosine" || space === "ip" ? space : "l2" };
}
