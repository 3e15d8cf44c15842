import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  databaseOn,
  hasPostgres,
  startPostgres,
} from "../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { soleLeadership } from "../../core/ports/leadership.ts";
import { PostgresLeadership } from "./leader.ts";
import { Notifications } from "./notifications.ts";
import { openDatabase } from "./open-database.ts";

const random = () => 0.5;
const patience = { timeout: 15_000, interval: 20 };

/** A server of its own, and controllers that share a database there. */
async function controllers(count: number) {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const { url } = await databaseOn(server.url());
  const databases = [];
  for (let at = 0; at < count; at += 1) {
    const database = await openDatabase({ url, maxConnections: 3, log });
    onTestFinished(() => database.close());
    databases.push(database);
  }
  return { server, databases };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
}

describe.runIf(hasPostgres())("several controllers on one PostgreSQL", () => {
  it("have one leader at a time, and another when it goes [req:controllers.leader]", async () => {
    const { databases } = await controllers(3);
    const leading = new Set<number>();
    let most = 0;
    const stops = databases.map((database, at) => {
      const stop = new AbortController();
      const leadership = new PostgresLeadership({ database, log, random, lookMs: 20 });
      const ended = leadership.withLeadership(
        "pruning",
        async (signal) => {
          leading.add(at);
          most = Math.max(most, leading.size);
          await untilAborted(signal);
          leading.delete(at);
        },
        stop.signal,
      );
      return async () => {
        stop.abort();
        await ended;
      };
    });
    const led = new Set<number>();
    while (stops.some((_, at) => !led.has(at))) {
      const [leader = 0] = await vi.waitUntil(() => leading.size > 0 && [...leading], patience);
      led.add(leader);
      await stops[leader]?.();
    }
    expect(most).toBe(1);
  });

  it("lead again after PostgreSQL was restarted, and the work hears that the lead was lost", async () => {
    const { server, databases } = await controllers(1);
    const [database] = databases;
    if (database === undefined) throw new Error("no database");
    const stop = new AbortController();
    const terms: AbortSignal[] = [];
    const leadership = new PostgresLeadership({ database, log, random, lookMs: 20 });
    const ended = leadership.withLeadership(
      "summaries",
      async (signal) => {
        terms.push(signal);
        await untilAborted(signal);
      },
      stop.signal,
    );
    await vi.waitUntil(() => terms.length === 1, patience);
    await server.restart();
    await vi.waitUntil(() => terms.length === 2, patience);
    expect(terms[0]?.aborted).toBe(true);
    stop.abort();
    await ended;
  });

  it("end the lead when the work is done, and hand on its error", async () => {
    const { databases } = await controllers(1);
    const [database] = databases;
    if (database === undefined) throw new Error("no database");
    const leadership = new PostgresLeadership({ database, log, random });
    const { signal } = new AbortController();
    await leadership.withLeadership("once", async () => undefined, signal);
    const failing = leadership.withLeadership(
      "once",
      () => Promise.reject(new Error("no")),
      signal,
    );
    await expect(failing).rejects.toThrow("no");
  });

  it("hear of each other's changes, and not of their own [req:controllers.notified]", async () => {
    const { databases } = await controllers(2);
    const heard: string[] = [];
    const parts = databases.map((database, at) => {
      const part = new Notifications({ database, log, random, instance: `controller-${at}` });
      onTestFinished(() => part.close());
      return part;
    });
    for (const part of parts) await part.start();
    for (const [at, part] of parts.entries()) part.on("keys", () => heard.push(`${at} keys`));
    await parts[0]?.tell("keys");
    await parts[1]?.tell("keys");
    await vi.waitUntil(() => heard.length >= 2, patience);
    expect(heard.sort()).toEqual(["0 keys", "1 keys"]);
  });

  it("take all for changed after a break, since what was told meanwhile is lost", async () => {
    const { server, databases } = await controllers(1);
    const [database] = databases;
    if (database === undefined) throw new Error("no database");
    const part = new Notifications({ database, log, random, instance: "one" });
    onTestFinished(() => part.close());
    await part.start();
    let changes = 0;
    part.on("keys", () => {
      changes += 1;
    });
    await server.restart(300);
    await vi.waitUntil(() => changes === 1, patience);
    await sleep(0);
    const other = new Notifications({ database, log, random, instance: "two" });
    await other.tell("keys");
    await vi.waitUntil(() => changes === 2, patience);
  });
});

describe("one process alone", () => {
  it("leads at once, and does nothing once it stops", async () => {
    const stop = new AbortController();
    const seen: AbortSignal[] = [];
    const work = async (signal: AbortSignal) => {
      seen.push(signal);
    };
    await soleLeadership.withLeadership("any", work, stop.signal);
    stop.abort();
    await soleLeadership.withLeadership("any", work, stop.signal);
    expect(seen).toEqual([stop.signal]);
  });
});
