import { parser } from "@prometheus-io/lezer-promql";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ControllerMetrics } from "../../server/src/apps/controller/controller-metrics.ts";
import { ProxyMetrics } from "../../server/src/apps/proxy/proxy-metrics.ts";
import { HttpMetrics } from "../../server/src/http/http-metrics.ts";
import { PrometheusObserver } from "../../server/src/llm/execution/prometheus-observer.ts";
import { read } from "./repository.ts";

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  annotations?: Record<string, string>;
}
interface Panel {
  title: string;
  type: string;
  id: number;
  targets?: { expr: string }[];
}

/** What prom-client's types leave out. */
interface RealMetric {
  name: string;
  labelNames?: string[];
  get(): Promise<{ values: { labels: object }[] }>;
}

/** Every series that a running Sekha has, by the metric's own name and the suffixes of its kind. */
async function realSeries(): Promise<Map<string, readonly string[]>> {
  const http = new HttpMetrics({ processMetrics: true });
  const { registry } = http;
  http.observe({ method: "GET", route: "/health", status: 200, seconds: 1 });
  new ControllerMetrics(registry, async () => ({
    conversations: 0,
    messages: 0,
    vectors: 0,
    queue: { pending: 0, processing: 0, parked: 0 },
  }));
  const bridge = new Registry();
  observeOneCall(new PrometheusObserver(bridge));
  const proxy = new Registry();
  new ProxyMetrics(proxy, { waiting: () => 0, setAside: () => 0 });
  const series = new Map<string, readonly string[]>([["up", ["job", "instance"]]]);
  for (const one of [
    ...registry.getMetricsAsArray(),
    ...bridge.getMetricsAsArray(),
    ...proxy.getMetricsAsArray(),
  ]) {
    const metric = one as unknown as RealMetric;
    const { name, labelNames = [] } = metric;
    // Some know their labels only by what they have counted.
    const counted = (await metric.get()).values.flatMap(({ labels }) => Object.keys(labels));
    const labels = [...new Set([...labelNames, ...counted, "job", "instance"])];
    for (const suffix of ["", "_bucket", "_sum", "_count"]) {
      series.set(name + suffix, suffix === "_bucket" ? [...labels, "le"] : labels);
    }
  }
  return series;
}

function observeOneCall(observer: PrometheusObserver): void {
  const model = { providerId: "a", providerType: "openai", modelId: "m" } as const;
  const task = { task: "chat_smart", requestedTask: "chat_smart", reason: "" };
  const served = { ...model, ...task, attempts: [], estimate: null };
  observer.attempt({ operation: "chat", ...model, failure: null, tookMs: 1 });
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const times = { tookMs: 1, overheadMs: 1 };
  observer.answered({ operation: "chat", served, failure: null, usage, cost: 1n, ...times });
}

function names(expression: string): { metrics: string[]; labels: string[]; wrong: boolean } {
  const metrics: string[] = [];
  const labels: string[] = [];
  let wrong = false;
  parser.parse(expression).iterate({
    enter: ({ name, from, to, type }) => {
      const text = expression.slice(from, to);
      if (type.isError) wrong = true;
      if (name === "VectorSelector") metrics.push(/^[\w:]+/.exec(text)?.[0] ?? text);
      if (name === "LabelName") labels.push(text);
    },
  });
  return { metrics, labels, wrong };
}

const rules = (
  parse(read("deploy/prometheus/sekha.rules.yaml")) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);
const panels = (JSON.parse(read("deploy/grafana/sekha.json")) as { panels: Panel[] }).panels;
const recorded = new Map(
  rules.flatMap(({ record }) => (record === undefined ? [] : [[record, ["mode"]] as const])),
);
const expressions = [
  ...rules.map(({ record, alert, expr }) => [record ?? alert ?? "", expr] as const),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(
      ({ expr }) => [`panel ${title}`, expr.replaceAll("$__rate_interval", "5m")] as const,
    ),
  ),
];

describe("alerts and dashboard", async () => {
  const real = await realSeries();

  test.each(expressions)(
    "%s asks for series and labels that exist, in valid PromQL [req:deploy.monitoring]",
    (_, expression) => {
      const { metrics, labels, wrong } = names(expression);
      expect(wrong, expression).toBe(false);
      expect(metrics.length).toBeGreaterThan(0);
      const known = metrics.flatMap((metric) => {
        const own = real.get(metric) ?? recorded.get(metric);
        expect(own, `${metric} is no metric of Sekha`).toBeDefined();
        return own ?? [];
      });
      for (const label of labels) expect(known, `label ${label}`).toContain(label);
    },
  );

  test("every alert says what to do", () => {
    for (const { alert, annotations } of rules) {
      if (alert !== undefined) expect(annotations?.description, alert).toMatch(/\w{3}/);
    }
  });

  test("panels have numbers of their own", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});
