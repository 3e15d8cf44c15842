import { afterAll, beforeAll, describe } from "vitest";
import {
  type ChromaServer,
  hasChromaServer,
  startChromaServer,
} from "../../../../../test/support/chroma-server.ts";
import { describeVectorStore } from "../conformance.ts";
import { openChromaWorld } from "./chroma-world.ts";

describe.skipIf(!hasChromaServer())("with a real server", () => {
  let server: ChromaServer;
  beforeAll(async () => {
    server = await startChromaServer();
  }, 60_000);
  afterAll(async () => {
    await server?.close();
  });

  describeVectorStore("Chroma", () => openChromaWorld(server.url));
});
