import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";

let child: ChildProcess | undefined;

afterEach(async () => {
  if (child === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
});

it("runs as a process of its own that is scripted, asked and cleared over HTTP", async () => {
  const entry = fileURLToPath(new URL("./main.ts", import.meta.url));
  child = fork(entry, ["--tokens", "3"], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const { stdout } = child;
  if (stdout === null) throw new Error("No output to read");
  const [first] = (await once(stdout, "data")) as [Buffer];
  const { origin } = JSON.parse(first.toString()) as { origin: string };
  const post = (path: string, body: unknown) =>
    fetch(`${origin}${path}`, { method: "POST", body: JSON.stringify(body) });
  const question = { model: "chat", messages: [{ role: "user", content: "Hi" }] };

  await post("/__script", { fault: { kind: "server_error", status: 503 }, match: { times: 1 } });
  expect((await post("/v1/chat/completions", question)).status).toBe(503);
  const answer = await post("/v1/chat/completions", question);
  expect(await answer.json()).toMatchObject({
    choices: [{ message: { content: " word1 word2 word3" } }],
  });
  const seen = (await (await fetch(`${origin}/__requests`)).json()) as { fault: string }[];
  expect(seen.map(({ fault }) => fault)).toEqual(["server_error", "none"]);
  await post("/__clear", {});
  expect(await (await fetch(`${origin}/__requests`)).json()).toEqual([]);
});
