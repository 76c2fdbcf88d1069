import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, test } from 'vitest';

import { UpstreamError } from '../../src/upstreams/errors.ts';
import { endpoints } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import { readEnvelope } from '../../src/upstreams/tokenmetrics/envelope.ts';

/** What the upstream was recorded to answer, or is known to call its fields, is what the gateway reads. */

const shared = process.env['ASSAY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const samples = resolve(shared, 'samples/token-metrics');
if (!existsSync(samples)) {
  console.info('Recorded rows were not read: no samples (set ASSAY_SHARED).');
}

const folders = ['official-examples', 'reconstructed', 'third-party-recorded'] as const;
const suffixes = ['', '_BTC_2025-04-10'];

/** Every sample of an endpoint's rows, v2 or v3. */
function samplesOf(path: string): string[] {
  return folders.flatMap((folder) =>
    ['v2', 'v3'].flatMap((version) =>
      suffixes
        .map((suffix) => `${folder}/${version}_${path.slice(1)}${suffix}.json`)
        .filter((file) => existsSync(resolve(samples, file))),
    ),
  );
}

const read = (file: string): unknown => JSON.parse(readFileSync(resolve(samples, file), 'utf8'));

const cases = Object.entries(endpoints).flatMap(([name, endpoint]) =>
  samplesOf(endpoint.path).map((file) => ({ name, file, endpoint })),
);

test('there is a sample for every endpoint but one, or there are none at all', () => {
  if (!existsSync(samples)) return;
  const sampled = new Set(cases.map(({ name }) => name));
  expect(Object.keys(endpoints).filter((name) => !sampled.has(name))).toEqual([
    'technologyGradeHistory',
  ]);
});

test.each(cases)('$file: every row of it is a row of $name', ({ file, endpoint }) => {
  const body = read(file);
  const records = readEnvelope('tokenMetrics', endpoint.path, { status: 200, headers: {}, body });
  const rows = records.map((record) => endpoint.row(record));
  expect(records.length).toBeGreaterThan(0);
  expect(rows.filter((row) => row === undefined)).toEqual([]);
  for (const [index, row] of rows.entries()) {
    // Nothing of what was sent and is read under some name may have become null on the way.
    expect(valuesOf(row)).toEqual(expect.arrayContaining(numbersOf(records[index], row)));
  }
});

const failures = [
  ['errors/400_generic.json', 400, 'rejected'],
  ['errors/401_invalid_key.RECONSTRUCTED.json', 401, 'auth'],
  ['errors/401_plan_restricted.json', 401, 'plan-restricted'],
  ['errors/404_no_rows.json', 404, 'no rows'],
] as const;

test.each(failures)('%s with status %d is %s', (file, status, expected) => {
  if (!existsSync(resolve(samples, file))) return;
  const outcome = () =>
    readEnvelope('tokenMetrics', '/price', { status, headers: {}, body: read(file) });
  if (expected === 'no rows') return expect(outcome()).toEqual([]);
  try {
    outcome();
    expect.unreachable();
  } catch (error) {
    expect(error instanceof UpstreamError && error.kind).toBe(expected);
  }
});

function valuesOf(row: unknown): unknown[] {
  return Object.values(row ?? {});
}

/** The numbers of a record that a row has under the same name; `00` may be a symbol. */
function numbersOf(record: unknown, row: unknown): number[] {
  const names = new Set(
    Object.entries(row ?? {}).flatMap(([name, value]) =>
      typeof value === 'string' ? [] : [name.toLowerCase()],
    ),
  );
  return Object.entries(record ?? {}).flatMap(([name, value]: [string, unknown]) =>
    names.has(name.replaceAll('_', '').toLowerCase()) && value !== null && !isNaN(Number(value))
      ? [Number(value)]
      : [],
  );
}
