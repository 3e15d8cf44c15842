import { randomBytes } from "node:crypto";
import { expect, onTestFinished } from "vitest";
import {
  hasPostgres,
  postgresForTests,
  type ServedDatabase,
} from "../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { where } from "../../../../test/support/skipping.ts";
import { openDatabase } from "./open-database.ts";
import { rowSecurityOf } from "./row-security.ts";

const { describe, test } = where(
  hasPostgres(),
  "a PostgreSQL server",
  "set SEKHA_TEST_POSTGRES_URL",
);

/** The address of an empty database for a new role with these attributes. */
async function urlFor(place: ServedDatabase, attributes: string): Promise<string> {
  const role = `sekha_test_${randomBytes(4).toString("hex")}`;
  const database = new URL(place.url).pathname.slice(1);
  await place.asSuperuser(`CREATE ROLE ${role} LOGIN PASSWORD 'x' ${attributes}`);
  await place.asSuperuser(`GRANT ALL ON DATABASE ${database} TO ${role}`);
  onTestFinished(async () => {
    await place.close();
    await place.asSuperuser(`DROP ROLE ${role}`);
  });
  const url = new URL(place.url);
  url.username = role;
  url.password = "x";
  return url.href;
}

describe("row-level security, as doctor sees it", () => {
  test.each([
    ["BYPASSRLS", false],
    ["BYPASSRLS CREATEROLE", true],
    ["", true],
    ["SUPERUSER", true],
  ])("of a role with %o is what a start finds: %s", async (attributes, holds) => {
    const url = await urlFor(await postgresForTests(), attributes);
    const before = await rowSecurityOf(url);
    expect(before.holds).toBe(holds);
    expect(before.fix === undefined).toBe(holds);
    const database = await openDatabase({ url, maxConnections: 1, log });
    expect(database.access?.isEnforced).toBe(holds);
    await database.close();
    expect((await rowSecurityOf(url)).holds).toBe(holds);
  });

  test("is not known of a server that does not answer", async () => {
    const { holds } = await rowSecurityOf("postgresql://nobody@127.0.0.1:1/none");
    expect(holds).toBeNull();
  });
});
