import type { GraphContext } from '../context.ts';
import { type Arguments, priced } from '../pricing/field-cost.ts';
import type {
  DailyEndpoint,
  DaysEndpoint,
  IndexEndpoint,
} from '../upstreams/tokenmetrics/endpoints.ts';
import type { DayRange } from '../upstreams/tokenmetrics/reads.ts';
import { builder } from './builder.ts';
import { readsDaily } from './reads.ts';
import { daysPerPage, dayWindow, seriesConnection } from './series.ts';

/** The arguments every daily series has. */
export const dailyArgs = builder.args((t) => ({
  from: t.field({
    type: 'Date',
    description: 'The oldest day; without it the series ends where a whole page has no row.',
  }),
  to: t.field({ type: 'Date', description: 'The newest day; today without it.' }),
  first: t.int({
    description: `Days of a page, newest first: ${daysPerPage.default} without it, ${daysPerPage.max} at most. A day the upstream has no row for is missing from its page.`,
  }),
  after: t.string({ description: 'The `endCursor` of the page before.' }),
}));

const dailyListSize = {
  assumedSize: daysPerPage.default,
  slicingArguments: ['first'],
  sizedFields: ['edges', 'nodes'],
  max: daysPerPage.max,
};

/** What a daily series costs: a credit for every hundred days of tokens, or every 29 days of one. */
export function dailyCost(endpoint: DailyEndpoint | IndexEndpoint) {
  return priced({
    listSize: dailyListSize,
    reads: readsDaily(endpoint),
    rateLimit: { limit: 3000, duration: 60 },
  });
}

/** What a series of no token costs: a credit for every 29 days of what the arguments name. */
export function rangeCost(endpoint: DaysEndpoint) {
  return priced({
    listSize: dailyListSize,
    reads: (args, at) =>
      readsDaily(endpoint)(args, at).map((read) => ({
        ...read,
        range: `${String(args['theme'])} ${read.range}`,
        shared: JSON.stringify(args),
      })),
    rateLimit: { limit: 600, duration: 60 },
  });
}

/** One page of a token's daily series, newest first. */
export async function dailyConnection<Row extends { readonly date: string | null }>(
  args: Arguments,
  { nowMs }: GraphContext,
  load: (range: DayRange) => readonly Row[] | Promise<readonly Row[]>,
) {
  const { from, to, days, hasOlder } = dayWindow(args, nowMs);
  const rows = days === 0 ? [] : await load({ from, to });
  return seriesConnection({
    rows,
    keyOf: (row) => row.date ?? from,
    oldest: from,
    // Without `from` a page without rows is the end: before a token's first day there are years of none.
    hasOlder: hasOlder && (rows.length > 0 || typeof args['from'] === 'string'),
    isContinued: typeof args['after'] === 'string',
  });
}
