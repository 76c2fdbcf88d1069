import { expect, test } from 'vitest';
import type { Found, RowReader } from '../../src/upstreams/rows/row-reader.ts';
import type { Cell } from '../../src/upstreams/tiling/cells.ts';
import { latest } from '../../src/upstreams/tokenmetrics/latest.ts';
import { failure, operation } from '../support/fake-rows.ts';

const nowMs = Date.parse('2026-11-21T12:00:00.000Z');
const row = { fetchedAtMs: nowMs, source: 'SANDBOX' } as const;
type Rows = readonly (typeof row)[];

test('a row that stands in for two days that failed leaves no failure behind', async () => {
  const demand = operation();
  const days: Record<string, Found<Rows>> = {
    '2026-11-21': failure(),
    '2026-11-20': failure(),
    '2026-11-19': [row],
  };
  const reader: RowReader<Cell<number>, Rows> = {
    idOf: ({ day }) => day,
    now: () => nowMs,
    read: async (cells) => {
      demand.tally.failed += 2;
      return Promise.resolve(cells.map(({ day }) => days[day] ?? null));
    },
    current: () => undefined,
    giveCurrent: () => null,
    keep: () => undefined,
  };
  expect(await latest(reader, demand).load(1)).toEqual({ ...row, isStale: true });
  expect(demand.tally).toMatchObject({ failed: 0, stale: 1 });
});
