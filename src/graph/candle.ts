import { addDays, dayOf, daysInclusive, HOUR_MS } from '../calendar.ts';
import type { GraphContext } from '../context.ts';
import { badUserInput } from '../errors.ts';
import { type Arguments, priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { Sourced } from './provenance.ts';
import { unlessRefused } from './reads.ts';
import { daysPerPage, dayWindow, hoursPerPage, hourWindow, seriesConnection } from './series.ts';
import { Token } from './token.ts';

/** How far back the upstream answers candles, both ends counted. */
const candleDays = 30;

const CandleInterval = builder.enumType('CandleInterval', {
  description: 'How long a candle is.',
  values: {
    D1: { description: 'A UTC day.' },
    H1: { description: 'An hour.' },
  } as const,
});

type CandleRow = Row<'dailyOhlcv'> | Row<'hourlyOhlcv'>;
const startOf = (row: CandleRow) => ('timestamp' in row ? row.timestamp : row.date);

const Candle = builder.objectRef<CandleRow>('Candle').implement({
  description:
    'Open, high, low and close of a day or an hour. The candle of the running interval is not final. Endpoints `/daily-ohlcv` and `/hourly-ohlcv`.',
  interfaces: [Sourced],
  fields: (t) => ({
    start: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'The start of the interval.',
      resolve: startOf,
    }),
    open: t.expose('open', { type: 'Decimal', nullable: false, description: 'In US dollars.' }),
    high: t.expose('high', { type: 'Decimal', nullable: false, description: 'In US dollars.' }),
    low: t.expose('low', { type: 'Decimal', nullable: false, description: 'In US dollars.' }),
    close: t.expose('close', { type: 'Decimal', nullable: false, description: 'In US dollars.' }),
    volume: t.expose('volume', {
      type: 'Decimal',
      description: 'Traded in 24 hours, in US dollars; on candles of an hour too.',
    }),
  }),
});

const CandleConnection = builder.connectionObject(
  { type: Candle, name: 'CandleConnection', description: 'A page of candles, newest first.' },
  { name: 'CandleEdge', description: 'A candle and its place in the series.' },
);

/** The days a page of candles reads; refused when they begin before what the upstream keeps. */
function candleWindow(args: Arguments, nowMs: number) {
  const oldest = addDays(dayOf(nowMs), 1 - candleDays);
  const isHourly = args['interval'] === 'H1';
  const from = typeof args['from'] === 'string' ? dayFrom(args['from']) : undefined;
  const to = typeof args['to'] === 'string' ? args['to'].slice(0, 10) : undefined;
  if (to !== undefined && to < oldest) {
    throw badUserInput(
      'to',
      `is too long ago: candles reach back ${candleDays} days, to ${oldest}; got ${to}.`,
    );
  }
  if (from !== undefined && from < oldest) {
    throw badUserInput(
      'from',
      `is too long ago: candles reach back ${candleDays} days, to ${oldest}; got ${from}.`,
    );
  }
  if (isHourly) {
    const { fromMs, toMs, hours, hasOlder } = hourWindow(args, nowMs);
    if (hours === 0)
      return { range: { from: oldest, to: oldest }, isEmpty: true, first: '', last: '', hasOlder };
    const range = { from: dayOf(fromMs), to: dayOf(toMs) };
    const fromInstant = new Date(fromMs).toISOString();
    const toInstant = new Date(toMs + HOUR_MS - 1).toISOString();
    return { range, isEmpty: false, first: fromInstant, last: toInstant, hasOlder };
  }
  const days = {
    ...args,
    from: from ?? oldest,
    to,
  };
  const window = dayWindow(days, nowMs);
  return {
    range: { from: window.from, to: window.to },
    isEmpty: window.days === 0,
    first: window.from,
    last: window.to,
    hasOlder: window.hasOlder,
  };
}

/** The first day that begins at an instant or after it. */
function dayFrom(instant: string): string {
  const day = instant.slice(0, 10);
  return instant.endsWith('T00:00:00.000Z') ? day : addDays(day, 1);
}

async function candles(tokenId: number, args: Arguments, { loaders, nowMs }: GraphContext) {
  const { range, isEmpty, first, last, hasOlder } = candleWindow(args, nowMs);
  const loader =
    args['interval'] === 'H1'
      ? loaders.tokenMetrics.hourlyCandles
      : loaders.tokenMetrics.dailyCandles;
  const rows: readonly CandleRow[] = isEmpty ? [] : await loader.load({ tokenId, range });
  return seriesConnection<CandleRow>({
    rows: rows.filter((row) => startOf(row) >= first && startOf(row) <= last),
    keyOf: startOf,
    oldest: first,
    hasOlder,
    isContinued: typeof args['after'] === 'string',
  });
}

builder.objectField(Token, 'candles', (t) =>
  t.field({
    type: CandleConnection,
    description: `Candles, newest first. The upstream keeps ${candleDays} days. A credit for every hundred days of tokens, or for every four days of tokens by the hour.`,
    args: {
      interval: t.arg({
        type: CandleInterval,
        defaultValue: 'D1',
        description: 'How long a candle is.',
      }),
      from: t.arg({
        type: 'DateTime',
        description: `No candle begins before it. At most ${candleDays} days ago, or 29 by the hour.`,
      }),
      to: t.arg({ type: 'DateTime', description: 'No candle begins after it; now without it.' }),
      first: t.arg.int({
        description: `Candles of a page, newest first: 29 days or 24 hours without it; ${daysPerPage.max} days or ${hoursPerPage.max} hours at most.`,
      }),
      after: t.arg.string({ description: 'The `endCursor` of the page before.' }),
    },
    ...priced({
      listSize: {
        assumedSize: 29,
        slicingArguments: ['first'],
        sizedFields: ['edges', 'nodes'],
        max: hoursPerPage.max,
      },
      rateLimit: { limit: 3000, duration: 60 },
      reads: (args, { nowMs }) =>
        unlessRefused(() => {
          const { range, isEmpty } = candleWindow(args, nowMs);
          if (isEmpty) return [];
          return [
            {
              upstream: 'tokenMetrics',
              endpoint: args['interval'] === 'H1' ? 'hourlyOhlcv' : 'dailyOhlcv',
              kind: 'daily',
              span: daysInclusive(range.from, range.to),
              range: `${range.from} ${range.to}`,
            },
          ];
        }),
    }),
    resolve: ({ tokenId }, args, context) => candles(tokenId, args, context),
  }),
);
