import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { Config } from "../../config/config.ts";
import { checkChroma } from "./doctor-chroma.ts";

describe("the doctor's look at ChromaDB", () => {
  let server: Server | null = null;
  afterEach(() => {
    server?.close();
    server = null;
  });

  async function serving(status: number, body: string): Promise<string> {
    server = createServer((_request, response) => {
      response.writeHead(status);
      response.end(body);
    });
    await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  const look = (chromaUrl?: string) => checkChroma({ chromaUrl } as Config, fetch);

  it("says nothing where none is configured", async () => {
    expect(await look()).toEqual([]);
  });

  it("names the version of one that answers, without a password of the address", async () => {
    const url = (await serving(200, '"1.0.0"')).replace("http://", "http://me:test-secret@");
    const [found] = await look(url);
    expect(found).toMatchObject({
      level: "ok",
      message: expect.stringContaining("ChromaDB 1.0.0"),
    });
    expect(found?.message).not.toContain("test-secret");
  });

  it.each([
    { name: "a refused token", status: 401, body: "", fix: /chroma_auth_token/ },
    { name: "an older server", status: 404, body: "Not Found", fix: /1\.0 or newer/ },
    { name: "another program", status: 200, body: "<html>", fix: /its own address/ },
  ])("warns of $name with what to do", async ({ status, body, fix }) => {
    const [found] = await look(await serving(status, body));
    expect(found).toMatchObject({ level: "warn", fix: expect.stringMatching(fix) });
    expect(found?.message).toContain(`${status}`);
  });

  it("warns of one that is out, and says that searches go on by word", async () => {
    const url = await serving(200, "");
    server?.close();
    const [found] = await look(url);
    expect(found).toMatchObject({ level: "warn", fix: expect.stringContaining("by word") });
  });
});
