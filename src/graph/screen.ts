import { addDays, dayOf, daysInclusive } from '../calendar.ts';
import { badUserInput } from '../errors.ts';
import { priced } from '../pricing/field-cost.ts';
import type { DailyEndpoint } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { quoted } from './global-id.ts';
import { plainDecimal } from './decimal.ts';
import { itemsPerPage } from './page-size.ts';
import { sliceOf } from './pages.ts';
import { readsPages } from './reads.ts';

/** What the screens over grades and signals have in common: page arguments, filters, price. */

export const pageArgs = builder.args((t) => ({
  first: t.int({
    description: `Items of a page: ${itemsPerPage.default} without it, ${itemsPerPage.max} at most.`,
  }),
  after: t.string({ description: 'The `endCursor` of the page before.' }),
}));

export const pageListSize = {
  assumedSize: itemsPerPage.default,
  slicingArguments: ['first'],
  sizedFields: ['edges', 'nodes'],
  max: itemsPerPage.max,
};

/** What a screen costs: a credit for each page of a hundred rows that its slice touches. */
export function screenCost(endpoint: DailyEndpoint) {
  return priced({
    listSize: pageListSize,
    reads: readsPages(endpoint, (args) => sliceOf(args).pages.length),
    rateLimit: { limit: 120, duration: 60 },
  });
}

/** Filters every screen has; each narrows the result. */
export const MarketFilter = builder.inputType('MarketFilter', {
  description:
    'Which tokens and days a screen looks at. Members of a list are alternatives, different filters must all hold.',
  fields: (t) => ({
    categories: t.stringList({ description: 'Slugs of categories: `["layer-1", "defi"]`.' }),
    exchanges: t.stringList({ description: 'Ids of exchanges: `["binance"]`.' }),
    symbols: t.stringList({ description: 'Symbols in any case: `["SOL"]`.' }),
    marketCapMin: t.field({ type: 'Decimal', description: 'At least this market cap, in USD.' }),
    volumeMin: t.field({ type: 'Decimal', description: 'At least this 24-hour volume, in USD.' }),
    fdvMin: t.field({
      type: 'Decimal',
      description: 'At least this fully diluted valuation, in USD.',
    }),
    from: t.field({ type: 'Date', description: 'The oldest day, at most 29 days before `to`.' }),
    to: t.field({ type: 'Date', description: 'The newest day; today without it.' }),
  }),
});

export interface MarketFilterValue {
  readonly categories?: readonly string[] | null;
  readonly exchanges?: readonly string[] | null;
  readonly symbols?: readonly string[] | null;
  readonly marketCapMin?: string | null;
  readonly volumeMin?: string | null;
  readonly fdvMin?: string | null;
  readonly from?: string | null;
  readonly to?: string | null;
}

/** Days one screen may span: pages cannot be numbered over several windows. */
const screenDaysMax = 29;

/** The upstream's query for a filter; refuses what the upstream would misread. */
export function marketQuery(
  filter: MarketFilterValue | null | undefined,
  nowMs: number,
): Record<string, string> {
  const { from, to, marketCapMin, volumeMin, fdvMin } = filter ?? {};
  const lists = {
    category: listOf('filter.categories', filter?.categories),
    exchange: listOf('filter.exchanges', filter?.exchanges),
    symbol: listOf('filter.symbols', filter?.symbols),
  };
  const minimums = {
    marketcap: minimum('filter.marketCapMin', marketCapMin),
    volume: minimum('filter.volumeMin', volumeMin),
    fdv: minimum('filter.fdvMin', fdvMin),
  };
  return { ...defined({ ...lists, ...minimums }), ...days(from, to, nowMs) };
}

function days(
  from: string | null | undefined,
  to: string | null | undefined,
  nowMs: number,
): Record<string, string> {
  if (!from && !to) return {};
  const endDate = to ?? dayOf(nowMs);
  const startDate = from ?? addDays(endDate, 1 - screenDaysMax);
  if (endDate < startDate) {
    throw badUserInput('filter.to', `is before "from": expected ${startDate} or later.`);
  }
  if (daysInclusive(startDate, endDate) > screenDaysMax) {
    throw badUserInput('filter.from', `spans too many days: expected ${screenDaysMax} at most.`);
  }
  return { startDate, endDate };
}

/** A list as the upstream takes it, comma-joined; members that would be read as several are refused. */
export function listOf(
  argument: string,
  values: readonly string[] | null | undefined,
): string | undefined {
  if (!values) return undefined;
  if (values.length < 1 || values.length > 100) {
    throw badUserInput(argument, `has ${values.length} members: expected 1 to 100.`);
  }
  for (const value of values) {
    if (!/^[^,\p{Cc}]{1,100}$/u.test(value) || value.trim() === '') {
      throw badUserInput(
        argument,
        `has a member that cannot be used: expected 1 to 100 characters without commas, got ${quoted(value)}.`,
      );
    }
  }
  return values.map((value) => value.trim()).join(',');
}

export function minimum(
  argument: string,
  value: string | number | null | undefined,
): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Number(value) < 0) throw badUserInput(argument, `is negative: expected 0 or more.`);
  return plainDecimal(value);
}

export function defined(values: Readonly<Record<string, string | undefined>>) {
  const query: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query[name] = value;
  return query;
}
