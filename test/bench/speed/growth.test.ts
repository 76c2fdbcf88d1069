import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { ticksOf } from './cpu-time.ts';
import { draw } from './growth-load.ts';
import { exponentOf, flat, type Growth, linear, type Measured } from './growth-slope.ts';
import { faultsOf, figuresTable, verdictsTable } from './growth-tables.ts';
import { createFolder } from './workload.ts';

const costs = (cost: (size: number) => number) =>
  [10, 100, 1000].map((size) => ({ size, cpuMicros: cost(size) }));

it('tells a cost that stays from one that keeps pace and one that outgrows', () => {
  expect(exponentOf(costs(() => 7))).toBeCloseTo(0);
  expect(exponentOf(costs((size) => 3 * size))).toBeCloseTo(1);
  expect(exponentOf(costs((size) => size ** 2 / 5))).toBeCloseTo(2);
});

it('fits all sizes, not the ends alone', () => {
  const costly = [
    { size: 1, cpuMicros: 1 },
    { size: 10, cpuMicros: 10 },
    { size: 100, cpuMicros: 1 },
    { size: 1000, cpuMicros: 1 },
  ];
  // Of the logarithms 0, 1, 0, 0 at 0, 1, 2, 3: -0.5 by 5.
  expect(exponentOf(costly)).toBeCloseTo(-0.1);
});

const point = (series: string, size: number, cpuMicros: number): Measured => ({
  ...{ series, size, cpuMicros, perSecond: 1000, p99Ms: 1.5, startMs: 800, faults: [] },
});

const growth: Growth = {
  what: 'callers',
  bound: flat,
  hasStarts: true,
  // The sizes of one series stand together, in whatever order they were measured.
  measured: [
    point('hot', 10, 20),
    point('executed', 10, 100),
    point('hot', 1000, 21),
    point('executed', 1000, 400),
    point('executed', 100_000, 400),
  ],
};

it('prints each series with what it costs and how that grows', () => {
  expect(figuresTable(growth).split('\n')).toEqual([
    'requests | callers | CPU µs each | a second | p99 ms | since the last | start, CPU ms',
    'hot      | 10      | 20          | 1,000    | 1.50   |                | 800',
    'hot      | 1,000   | 21          | 1,000    | 1.50   | 0.01           | 800',
    'executed | 10      | 100         | 1,000    | 1.50   |                | 800',
    'executed | 1,000   | 400         | 1,000    | 1.50   | 0.30           | 800',
    'executed | 100,000 | 400         | 1,000    | 1.50   | 0.00           | 800',
  ]);
});

it('calls flat what a lookup may cost, and linear what a list may', () => {
  expect(verdictsTable(growth).split('\n').slice(1)).toEqual([
    'hot      | 10 … 1,000   | 0.01     | ≤ 0.1 | flat',
    'executed | 10 … 100,000 | 0.15     | ≤ 0.1 | NOT FLAT',
  ]);
  expect(verdictsTable({ ...growth, bound: linear })).not.toMatch(/NOT|WORSE/);
});

it('tells of a wrong answer where it was given', () => {
  const measured = [{ ...point('hot', 1000, 1), faults: ['3 wrong'] }];
  expect(faultsOf({ ...growth, measured })).toEqual(['hot, callers 1,000: 3 wrong']);
});

it('reads the CPU time of a process, whatever it is called', () => {
  const fields = Array.from({ length: 40 }, (_, index) => index + 3);
  expect(ticksOf(`42 (a) b (c) ${fields.join(' ')}`)).toBe(14 + 15);
});

it('draws the same at random in every run, and all of what there is', () => {
  const drawn = draw(['a', 'b', 'c'], 100);
  expect(draw(['a', 'b', 'c'], 100)).toEqual(drawn);
  expect(drawn).toHaveLength(100);
  expect([...new Set(drawn)].sort()).toEqual(['a', 'b', 'c']);
});

it('makes as many callers and documents as are measured', async () => {
  const folder = await createFolder({ callers: 3, documents: ['{ more }'] });
  try {
    expect(folder.keys).toHaveLength(3);
    const manifest = await readFile(folder.env['DOCUMENTS_MANIFESTS'] ?? '', 'utf8');
    expect(Object.values(JSON.parse(manifest))).toContain('{ more }');
    const get = { method: 'GET', path: '/', body: '' } as const;
    const asked = await readFile(await folder.writeRequests('one', [get], ['x', 'y']), 'utf8');
    expect(asked).toBe('GET\t/\tx\t\nGET\t/\ty\t\n');
  } finally {
    await folder.remove();
  }
});
