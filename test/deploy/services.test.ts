import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { where } from "../support/skipping.ts";
import { has, REPOSITORY, read } from "./repository.ts";

const nginx = where(has("nginx") && has("openssl"), "nginx", "apt-get install nginx-light openssl");
const systemd = where(has("systemd-analyze"), "systemd-analyze", "apt-get install systemd");
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "sekha-deploy-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

nginx.test("nginx takes its configuration [req:deploy.services]", () => {
  const key = join(place, "privkey.pem");
  const certificate = join(place, "fullchain.pem");
  const made = spawnSync("openssl", [
    ..."req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=memory.example.org".split(" "),
    ...["-keyout", key, "-out", certificate],
  ]);
  expect(made.status).toBe(0);
  const site = read("deploy/nginx/sekha.conf").replaceAll("/etc/ssl/sekha", place);
  writeFileSync(join(place, "sekha.conf"), site);
  writeFileSync(
    join(place, "nginx.conf"),
    `pid ${place}/nginx.pid; error_log ${place}/error.log; events {} http { access_log off; include ${place}/sekha.conf; }`,
  );
  const { status, stderr } = spawnSync(
    "nginx",
    ["-t", "-p", place, "-c", join(place, "nginx.conf")],
    {
      encoding: "utf8",
    },
  );
  expect(stderr).toContain("syntax is ok");
  expect(status).toBe(0);
});

systemd.test("systemd takes the unit", () => {
  const unit = join(REPOSITORY, "deploy/systemd/sekha.service");
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("the unit waits as long for a stop as Sekha takes", () => {
  expect(read("deploy/systemd/sekha.service")).toMatch(/^TimeoutStopSec=45$/m);
});
