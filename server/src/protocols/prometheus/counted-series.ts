/** Names and values of labels. */
type Labels<Name extends string = string> = Readonly<Record<Name, string>>;

/** As prom-client's registry reads a metric; it is given these with `registerMetric`. */
interface MetricValues {
  name: string;
  help: string;
  type: "counter" | "histogram";
  aggregator: "sum";
  values: { metricName?: string; labels: Record<string, string | number>; value: number }[];
}

interface CountedOptions<Name extends string> {
  name: string;
  help: string;
  labelNames: readonly Name[];
}

/** What happened so often, or cost so much, with these labels. */
export class CounterSeries {
  readonly labels: Labels;
  value = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  /** What is no amount counts as nothing. */
  inc(amount = 1): void {
    if (amount > 0 && amount < Number.POSITIVE_INFINITY) this.value += amount;
  }
}

/** Values with these labels, counted in buckets. */
export class HistogramSeries {
  readonly labels: Labels;
  readonly counts: number[];
  sum = 0;
  count = 0;
  readonly #bounds: readonly number[];

  constructor(labels: Labels, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  /** What is no number counts as nothing: a metric must not break what it measures. */
  observe(value: number): void {
    if (!Number.isFinite(value)) return;
    this.sum += value;
    this.count += 1;
    for (let at = 0; at < this.counts.length; at += 1) {
      if (value > (this.#bounds[at] ?? 0)) continue;
      this.counts[at] = (this.counts[at] ?? 0) + 1;
      return;
    }
  }
}

/**
 * A counter whose series are numbers in objects that the caller keeps. prom-client's own put their labels together, check
 * and look them up at every observation, which cost 4 % of a request's CPU.
 */
export class CountedCounter<Name extends string = string> {
  readonly name: string;
  readonly labelNames: readonly Name[];
  readonly #help: string;
  readonly #all: CounterSeries[] = [];

  constructor({ name, help, labelNames }: CountedOptions<Name>) {
    this.name = name;
    this.labelNames = labelNames;
    this.#help = help;
  }

  /** A new one: asked for once for each set of labels. It is shown as soon as it has counted anything. */
  series(labels: Labels<Name>): CounterSeries {
    const added = new CounterSeries(labels);
    this.#all.push(added);
    return added;
  }

  async get(): Promise<MetricValues> {
    const used = this.#all.filter(({ value }) => value > 0);
    const values = used.map(({ labels, value }) => ({ labels: { ...labels }, value }));
    return { name: this.name, help: this.#help, type: "counter", aggregator: "sum", values };
  }
}

/** The same for a histogram. */
export class CountedHistogram<Name extends string = string> {
  readonly name: string;
  readonly labelNames: readonly Name[];
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #all: HistogramSeries[] = [];

  /** @param options.buckets upper bounds, ascending. */
  constructor({
    name,
    help,
    labelNames,
    buckets,
  }: CountedOptions<Name> & { buckets: readonly number[] }) {
    this.name = name;
    this.labelNames = labelNames;
    this.#help = help;
    this.#bounds = buckets;
  }

  /** A new one: asked for once for each set of labels. It is shown as soon as it has seen anything. */
  series(labels: Labels<Name>): HistogramSeries {
    const added = new HistogramSeries(labels, this.#bounds);
    this.#all.push(added);
    return added;
  }

  async get(): Promise<MetricValues> {
    const values = this.#all.filter(({ count }) => count > 0).flatMap((one) => this.#values(one));
    return { name: this.name, help: this.#help, type: "histogram", aggregator: "sum", values };
  }

  /** Buckets are cumulative in Prometheus' format. */
  #values({ labels, counts, sum, count }: HistogramSeries): MetricValues["values"] {
    const { name } = this;
    let below = 0;
    const buckets = this.#bounds.map((bound, at) => {
      below += counts[at] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { le: "+Inf", ...labels }, value: count },
      { metricName: `${name}_sum`, labels: { ...labels }, value: sum },
      { metricName: `${name}_count`, labels: { ...labels }, value: count },
    ];
  }
}
