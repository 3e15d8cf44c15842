import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("sekha.mjs", import.meta.url));
const run = promisify(execFile);

test("runs from source, whose packages are not built, without a word on stderr", async () => {
  const { stdout, stderr } = await run(process.execPath, [program, "version"]);
  expect(stdout).toContain(`(Node ${process.versions.node})`);
  expect(stderr).toBe("");
});

test("passes the exit code of the command on", async () => {
  const failure = await run(process.execPath, [program, "serach"]).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 64, stdout: "" });
});

test("tells an old Node in one line what to do", async () => {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.1.0"})`;
  const failure = await run(process.execPath, ["--import", pretend, program, "version"]).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 1, stdout: "" });
  expect(failure).toHaveProperty(
    "stderr",
    expect.stringMatching(
      /^Sekha needs Node 22\.18 or newer; this is 20\.1\.0\. Run `npm ci`.*\n$/,
    ),
  );
});
