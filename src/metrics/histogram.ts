export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Rising. */
  readonly boundsMs: readonly number[];
  readonly label: string;
  readonly series: Readonly<Record<string, HistogramSeries>>;
}

export interface HistogramSeries {
  /** How many values each bound is the first for; the last is for those beyond all. */
  readonly buckets: Iterable<number>;
  readonly seconds: number;
}

/** Prometheus' text, in seconds, of a histogram that was counted elsewhere: prom-client's takes one value at a time. */
export function histogramText({ name, help, boundsMs, label, series }: HistogramOptions): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  const bounds = boundsMs.map((ms) => ms / 1000);
  for (const [value, { buckets, seconds }] of Object.entries(series)) {
    const labels = `${label}="${value}"`;
    let count = 0;
    for (const [at, inBucket] of [...buckets].entries()) {
      count += inBucket;
      lines.push(`${name}_bucket{${labels},le="${bounds[at] ?? '+Inf'}"} ${count}`);
    }
    lines.push(`${name}_sum{${labels}} ${seconds}`, `${name}_count{${labels}} ${count}`);
  }
  return `${lines.join('\n')}\n`;
}
