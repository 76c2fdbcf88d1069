import { expect } from 'vitest';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a series is declared as: those of a histogram without the ending it gives them. */
function declarationOf(name: string): readonly [name: string, type: string] {
  const [, base] = /^(.*)(?:_bucket|_sum|_count)$/.exec(name) ?? [];
  if (base !== undefined) return [base, 'histogram'];
  return [name, name.endsWith('_total') ? 'counter' : 'gauge'];
}

/** Whether it changes though nobody asks. */
export const isOfProcess = ({ name }: Sample) => /^assay_(process|nodejs)_/.test(name);

/** Prometheus' text format, strictly: every series once, and declared before. */
export function metricsIn(text: string) {
  const samples: Sample[] = [];
  const declared = new Map<string, string>();
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, declares, type = ''] =
      /^# TYPE (assay_[a-z0-9_]+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (declares !== undefined) declared.set(declares, type);
    if (line.startsWith('# ')) continue;
    const [, name = '', labels = '', value] = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    expect([line, seen.has(`${name}{${labels}}`)]).toEqual([line, false]);
    seen.add(`${name}{${labels}}`);
    expect([...declared]).toContainEqual(declarationOf(name));
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
  return { declared, samples, of };
}
