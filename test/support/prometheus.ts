import { expect } from 'vitest';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Prometheus' text format, strictly: every series once, and declared before. */
export function metricsIn(text: string) {
  const samples: Sample[] = [];
  const declared = new Set<string>();
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, type] = /^# TYPE (assay_[a-z_]+ (?:counter|gauge))$/.exec(line) ?? [];
    if (type !== undefined) declared.add(type);
    if (line.startsWith('# ')) continue;
    const [, name = '', labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    expect([line, seen.has(`${name}{${labels}}`)]).toEqual([line, false]);
    seen.add(`${name}{${labels}}`);
    expect([...declared]).toContain(`${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`);
    const pairs = [...labels.matchAll(/([a-z]+)="([^"]*)"(?:,|$)/g)];
    expect(pairs.map(([whole]) => whole).join('')).toBe(labels);
    samples.push({
      name,
      labels: Object.fromEntries(pairs.map(([, label, of]) => [label, of])),
      value: Number(value),
    });
  }
  const of = (name: string, by: string, where: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      samples
        .filter((sample) => sample.name === name)
        .filter(({ labels }) => Object.entries(where).every(([key, is]) => labels[key] === is))
        .map(({ labels, value }) => [labels[by] ?? '', value]),
    );
  return { samples, of };
}
