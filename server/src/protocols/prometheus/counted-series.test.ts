import fc from "fast-check";
import { Counter, Histogram, type Metric, Registry } from "prom-client";
import { expect, test } from "vitest";
import { CountedCounter, CountedHistogram } from "./counted-series.ts";

const BUCKETS = [0.5, 1, 10];
const kind = fc.constantFrom("a", "b", 'quoted "c"\n');
const lines = (text: string) => text.trim().split("\n").toSorted();

async function textOf(metric: CountedCounter | CountedHistogram): Promise<string> {
  const registry = new Registry();
  registry.registerMetric(metric as unknown as Metric);
  return registry.metrics();
}

test("a histogram is written as prom-client writes its own", async () => {
  const value = fc.oneof(
    fc.constantFrom(0, 0.5, 1, 10, 11),
    fc.double({ min: 0, max: 20, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(kind, value)), async (observed) => {
      const named = {
        name: "seconds",
        help: "Time.",
        buckets: BUCKETS,
        labelNames: ["kind"] as const,
      };
      const registry = new Registry();
      const theirs = new Histogram({ ...named, registers: [registry] });
      const ours = new CountedHistogram(named);
      const series = new Map(
        ["a", "b", 'quoted "c"\n'].map((of) => [of, ours.series({ kind: of })]),
      );
      for (const [of, seconds] of observed) {
        theirs.observe({ kind: of }, seconds);
        series.get(of)?.observe(seconds);
      }
      expect(lines(await textOf(ours))).toEqual(lines(await registry.metrics()));
    }),
  );
});

test("a counter is written as prom-client writes its own, once it has counted anything", async () => {
  const amount = fc.double({ min: 0.001, max: 5, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(kind, amount)), async (counted) => {
      const named = { name: "things_total", help: "Things.", labelNames: ["kind"] as const };
      const registry = new Registry();
      const theirs = new Counter({ ...named, registers: [registry] });
      const ours = new CountedCounter(named);
      const series = new Map(
        ["a", "b", 'quoted "c"\n'].map((of) => [of, ours.series({ kind: of })]),
      );
      for (const [of, much] of counted) {
        theirs.inc({ kind: of }, much);
        series.get(of)?.inc(much);
      }
      expect(lines(await textOf(ours))).toEqual(lines(await registry.metrics()));
    }),
  );
});

test("what is no number counts as nothing", async () => {
  const seconds = new CountedHistogram({
    name: "seconds",
    help: "Time.",
    labelNames: [],
    buckets: BUCKETS,
  });
  const things = new CountedCounter({ name: "things_total", help: "Things.", labelNames: [] });
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    seconds.series({}).observe(value);
    things.series({}).inc(value);
  }
  things.series({}).inc(-1);
  expect(await textOf(seconds)).not.toContain("seconds_count");
  expect(await textOf(things)).toBe("# HELP things_total Things.\n# TYPE things_total counter\n");
});
