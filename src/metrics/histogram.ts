export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** In seconds, rising. */
  readonly bounds: readonly number[];
  readonly label: string;
  readonly series: Readonly<Record<string, HistogramSeries>>;
}

export interface HistogramSeries {
  /** How many values each bound is the first for; the last is for those beyond all. */
  readonly buckets: Iterable<number>;
  readonly sum: number;
}

/** Prometheus' text of a histogram that was counted elsewhere: prom-client's takes one value at a time. */
export function histogramText({ name, help, bounds, label, series }: HistogramOptions): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const [value, { buckets, sum }] of Object.entries(series)) {
    const labels = `${label}="${value}"`;
    let count = 0;
    for (const [at, inBucket] of [...buckets].entries()) {
      count += inBucket;
      lines.push(`${name}_bucket{${labels},le="${bounds[at] ?? '+Inf'}"} ${count}`);
    }
    lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`);
  }
  return `${lines.join('\n')}\n`;
}
