import {
  BRIDGE_ROUTES,
  CONTROLLER_ROUTES,
  type RouteAccess,
  type RouteDefinition,
} from "@sekha/sdk/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/sekha-process.ts";
import { BRIDGE_TRESPASSES } from "../support/tenants/bridge-trespasses.ts";
import { CONTROLLER_TRESPASSES, filters } from "../support/tenants/controller-trespasses.ts";
import { type Tenant, TenantWorld } from "../support/tenants/tenant-world.ts";
import { type Attempt, attemptsOf, type Trespass } from "../support/tenants/trespass.ts";

let world: TenantWorld;
let victim: Tenant;
let intruder: Tenant;

beforeAll(async () => {
  world = await TenantWorld.start();
  victim = await world.tenant("annika", "quixolotl");
  intruder = await world.tenant("bertram", "bramblefin");
  await world.fillShared(victim, intruder);
  await world.fillOwn(victim);
  await world.fillOwn(intruder);
  await world.settled(victim);
  await world.settled(intruder);
});

afterAll(() => world?.stop());

interface Service {
  name: string;
  base: () => string;
  routes: Record<string, RouteDefinition>;
  trespasses: Record<string, Trespass>;
}

const SERVICES: readonly Service[] = [
  {
    name: "controller",
    base: () => world.sekha.url,
    routes: CONTROLLER_ROUTES,
    trespasses: CONTROLLER_TRESPASSES,
  },
  {
    name: "bridge",
    base: () => world.sekha.bridgeUrl,
    routes: BRIDGE_ROUTES,
    trespasses: BRIDGE_TRESPASSES,
  },
];

interface Target {
  title: string;
  service: Service;
  route: RouteDefinition;
  trespass: Trespass | undefined;
}

const TARGETS: readonly Target[] = SERVICES.flatMap((service) =>
  Object.entries(service.routes).map(([name, route]) => ({
    title: `${service.name}: ${name}`,
    service,
    route,
    trespass: service.trespasses[name],
  })),
);

const needing = (...access: RouteAccess[]) =>
  TARGETS.filter(({ route }) => access.includes(route.access));

function attempts({ title, route, trespass }: Target): readonly Attempt[] {
  if (trespass === undefined) throw new Error(`No trespass is tried on ${title}`);
  const all = attemptsOf(route, trespass, victim);
  if (all.length === 0) throw new Error(`No attempt is made on ${title}`);
  return all;
}

/** What nobody but the victim may read; what an attempt itself says may come back. */
function secretsBeside({ path, init }: Attempt): string[] {
  const said = decodeURIComponent(path) + String(init.body ?? "");
  const { word, key, keyId, name, conversations, jobs } = victim;
  return [word, key, keyId, name, ...conversations, ...jobs].filter(
    (secret) => secret === word || !said.includes(secret),
  );
}

describe("another user's memory", () => {
  test.each(TARGETS.map((target) => [target.title, target] as const))(
    "is not reached through %s [req:tenants.crossing]",
    async (_title, target) => {
      for (const attempt of attempts(target)) {
        const url = `${target.service.base()}${attempt.path}`;
        const { status, text } = await world.ask(intruder.key, url, attempt.init);
        const what = `${attempt.init.method} ${attempt.path}: ${text.slice(0, 500)}`;
        if (attempt.status === undefined) expect.soft(status, what).toBeLessThan(500);
        else expect.soft(status, what).toBe(attempt.status);
        const news = target.trespass?.echoed ? text.replace(target.trespass.echoed, "") : text;
        for (const secret of secretsBeside(attempt)) {
          expect
            .soft(news.toLowerCase().includes(secret.toLowerCase()), `${secret} in ${what}`)
            .toBe(false);
        }
      }
    },
  );

  test("is not counted, listed or exported by any filter that fits it alone [req:tenants.crossing]", async () => {
    for (const query of filters(victim).slice(2)) {
      const ask = (path: string) => world.ask(intruder.key, `${world.sekha.url}${path}${query}`);
      const count = JSON.parse((await ask("/api/v1/conversations/count")).text);
      expect(count.count, query).toBe(0);
      expect(JSON.parse((await ask("/api/v1/conversations")).text).total, query).toBe(0);
      expect(JSON.parse((await ask("/api/v1/stats")).text).total_messages, query).toBe(0);
      expect((await ask("/api/v1/export")).text, query).toBe("");
    }
    for (const id of victim.conversations) {
      const { status } = await world.ask(
        intruder.key,
        `${world.sekha.url}/api/v1/export?conversation_id=${id}`,
      );
      expect(status).toBe(404);
    }
  });

  test("shares no idempotency key, import or id with one's own [req:tenants.crossing]", async () => {
    const [own, other] = [intruder, victim].map((tenant) => ({
      tenant,
      body: { label: tenant.word, messages: [{ role: "user", content: tenant.word }] },
    }));
    const idempotencyKey = "the same for both";
    for (const { tenant, body } of [own, other].filter((one) => one !== undefined)) {
      const made = await tenant.client.conversations.create(body, { idempotencyKey });
      expect(made.label).toBe(tenant.word);
      const again = await tenant.client.conversations.create(body, { idempotencyKey });
      expect(again.id).toBe(made.id);
    }
    for (const id of victim.shared) {
      const theirs = await victim.client.conversations.get(id);
      expect(JSON.stringify(theirs)).toContain(victim.word);
      expect(JSON.stringify(theirs)).not.toContain(intruder.word);
    }
  });

  test("is byte for byte what it was after all of that [req:tenants.crossing]", async () => {
    const calm = await world.tenant("celine", "calmcoral");
    await world.fillOwn(calm);
    await world.settled(calm);
    const before = await world.snapshot(victim);
    for (const target of TARGETS) {
      for (const attempt of attempts(target)) {
        await world.ask(calm.key, `${target.service.base()}${attempt.path}`, attempt.init);
      }
    }
    await world.settled(calm);
    expect(await world.snapshot(victim)).toEqual(before);
    expect(JSON.stringify(before)).toContain(victim.word);
  });

  test("is named to nobody in metrics, logs and errors [req:tenants.silent]", async () => {
    for (const { base } of SERVICES) {
      const { status, text } = await world.ask(adminKey(), `${base()}/metrics`);
      expect(status).toBe(200);
      for (const secret of [victim.name, victim.word, victim.key, victim.keyId]) {
        expect(text).not.toContain(secret);
      }
    }
    for (const secret of [victim.word, victim.key, intruder.key]) {
      expect(world.sekha.output).not.toContain(secret);
    }
  });
});

const adminKey = () => world.sekha.options.apiKey ?? "";

const scoped = new Map<string, string>();

/** A key of the intruder's with one scope, made once. */
async function keyWith(scope: "read" | "write"): Promise<string> {
  const known = scoped.get(scope);
  if (known !== undefined) return known;
  const { key } = await world.key(intruder.name, [scope]);
  scoped.set(scope, key);
  return key;
}

async function expectMissing(key: string, target: Target, attempt: Attempt): Promise<void> {
  const { access } = target.route;
  const url = `${target.service.base()}${attempt.path}`;
  const { status, text } = await world.ask(key, url, attempt.init);
  expect(status, text.slice(0, 300)).toBe(403);
  expect(text).toContain(`lacks the scope '${access}'`);
}

let dead: Promise<string[]> | undefined;

function deadKeys(): Promise<string[]> {
  dead ??= makeDeadKeys();
  return dead;
}

async function makeDeadKeys(): Promise<string[]> {
  const { keys } = world.admin;
  const user = victim.name;
  const revoked = await keys.create({ name: "revoked", user });
  await keys.revoke(revoked.id);
  const rotated = await keys.create({ name: "rotated", user });
  await keys.rotate(rotated.id);
  const expired = await keys.create({ name: "expired", user, expires_in_days: 1 / 86_400 });
  await eventually(
    async () => {
      const { state } = (await keys.list({ user })).keys.find(({ id }) => id === expired.id) ?? {};
      return state === "expired" ? true : undefined;
    },
    { what: "an expired key" },
  );
  return [revoked.key, rotated.key, expired.key, "sk-sekha-unknown", `${victim.key}x`];
}

describe("a key", () => {
  test.each(needing("write", "admin").map((target) => [target.title, target] as const))(
    "that may only read changes nothing through %s [req:tenants.scopes]",
    async (_title, target) => {
      const reader = await keyWith("read");
      const before = await world.snapshot(intruder);
      for (const attempt of attempts(target)) {
        await expectMissing(reader, target, attempt);
      }
      expect(await world.snapshot(intruder)).toEqual(before);
    },
  );

  test.each(needing("read", "admin").map((target) => [target.title, target] as const))(
    "that may only write reads nothing through %s [req:tenants.scopes]",
    async (_title, target) => {
      const writer = await keyWith("write");
      for (const attempt of attempts(target)) await expectMissing(writer, target, attempt);
    },
  );

  test.each(
    needing("any", "read", "write", "admin").map((target) => [target.title, target] as const),
  )(
    "that is missing, unknown, revoked, rotated away or expired opens nothing of %s [req:tenants.dead-keys]",
    async (_title, target) => {
      const [attempt] = attempts(target);
      const dead = await deadKeys();
      const url = `${target.service.base()}${attempt?.path}`;
      const refusals = await Promise.all(
        dead.map(async (key) => {
          const { status, text } = await world.ask(key, url, attempt?.init);
          expect(status, `${key}: ${text.slice(0, 200)}`).toBe(401);
          return text.replace(/"request_id":"[^"]*"/, "");
        }),
      );
      // Which of them it was is nobody's business.
      expect(new Set(refusals).size).toBe(1);
      expect((await world.ask(null, url, attempt?.init)).status).toBe(401);
    },
  );
});

test("an erased user is gone with everything, and his keys with him [req:tenants.erase]", async () => {
  const gone = await world.tenant("dorothea", "duskdamson");
  await world.fillOwn(gone);
  await world.settled(gone);
  const before = await world.snapshot(victim);
  const listed = async () => (await world.admin.users.list()).users.map(({ name }) => name);
  expect(await listed()).toContain(gone.name);
  const erased = await world.admin.users.erase(gone.name);
  expect(erased).toMatchObject({ user: gone.name, conversations: 5, keys: 1 });
  expect(await listed()).not.toContain(gone.name);
  for (const { base } of SERVICES) {
    expect((await world.ask(gone.key, `${base()}/docs`)).status).toBe(401);
  }
  const { keys } = await world.admin.keys.list({ user: "*" });
  expect(keys.map(({ user }) => user)).not.toContain(gone.name);
  const again = await world.tenant(gone.name, gone.word);
  expect((await again.client.conversations.list({ status: "all" })).total).toBe(0);
  expect((await again.client.search({ query: gone.word })).results).toEqual([]);
  expect(await world.snapshot(victim)).toEqual(before);
});

test("what was spent is told by user to an administrator, and stays when a user is erased [req:tenants.costs]", async () => {
  const bridge = world.clientWith(adminKey()).bridge;
  const rows = (await bridge.costs({ by: "user", user: "*" })).costs;
  const requests = (name: string) => rows.find(({ group }) => group === name)?.requests ?? 0;
  // One chat, and the embedding of what is stored and asked.
  expect(requests(victim.name)).toBeGreaterThan(1);
  expect(requests(intruder.name)).toBeGreaterThan(1);
  const own = await bridge.costs({ by: "user", user: victim.name });
  expect(own.costs).toMatchObject([{ group: victim.name, requests: requests(victim.name) }]);
  const refused = world.clientWith(intruder.key).bridge.costs({ user: "*" });
  await expect(refused).rejects.toMatchObject({ status: 403 });
});
