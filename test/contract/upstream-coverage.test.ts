import { expect, it } from 'vitest';
import { charts, endpoints } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import { coverage } from '../../src/sandbox/coverage.ts';
import { coverageTable, upstreamCoverage } from './upstream-coverage.ts';

const rows = upstreamCoverage();

it('every endpoint of the reference is in the client, in the graph and in the sandbox', () => {
  const missing = rows.filter(
    ({ isInClient, isInSandbox, fields }) => !isInClient || !isInSandbox || fields.length === 0,
  );
  expect(missing).toEqual([]);
});

it('the client and the sandbox know no endpoint that the reference does not', () => {
  const reference = new Set(rows.map(({ path }) => path));
  const known = [
    ...Object.values(endpoints).map(({ path }) => path),
    ...Object.values(charts),
    ...coverage.map(({ path }) => path.slice(3)),
  ];
  expect(known.filter((path) => !reference.has(path))).toEqual([]);
});

it('every field that leads to an endpoint is in the schema', () => {
  expect(coverageTable(rows).split('\n').at(-1)).toBe(
    `${rows.length} endpoints in the reference, ${rows.length} in the client, ${rows.length} in the graph, ${rows.length} in the sandbox, 24 of them in v3 too`,
  );
});
