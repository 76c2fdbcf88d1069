import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { dailyArgs, dailyConnection, dailyCost } from './daily-series.ts';
import { type SourcedRow, Sourced } from './provenance.ts';
import { Signal, signalOf } from './signal.ts';
import { Token } from './token.ts';

/** The indicators the upstream computes. */
const indicatorsPerDay = 17;

type Indicator = Row<'trendIndicators'>;
interface Day extends SourcedRow {
  readonly date: string;
  readonly indicators: readonly Indicator[];
}

const TrendIndicator = builder.objectRef<Indicator>('TrendIndicator').implement({
  description: 'What one technical indicator says.',
  fields: (t) => ({
    indicator: t.exposeString('indicator', {
      nullable: false,
      description: 'Its name: `rsi`, `bollinger`, `mom`, `sar` and others.',
    }),
    trend: t.field({
      type: Signal,
      description: 'What it says of the day.',
      resolve: ({ trend }) => signalOf(trend),
    }),
  }),
});

const TrendDay = builder.objectRef<Day>('TrendDay').implement({
  description:
    'What the technical indicators of a token say of a day. Endpoint `/all-trend-indicators`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', nullable: false, description: 'The UTC day.' }),
    indicators: t.field({
      type: [TrendIndicator],
      nullable: false,
      description: 'One entry for each indicator, by name.',
      ...priced({ listSize: { assumedSize: indicatorsPerDay } }),
      resolve: ({ indicators }) => [...indicators],
    }),
  }),
});

const TrendDayConnection = builder.connectionObject(
  { type: TrendDay, name: 'TrendDayConnection', description: 'A page of days, newest first.' },
  { name: 'TrendDayEdge', description: 'A day and its place in the series.' },
);

/** Rows of a series, newest first, as days. */
function daysOf(rows: readonly Indicator[]): Day[] {
  const days = new Map<string, Indicator[]>();
  for (const row of rows) {
    const day = days.get(row.date);
    if (day === undefined) days.set(row.date, [row]);
    else day.push(row);
  }
  return [...days].flatMap(([date, [first, ...others]]) =>
    first === undefined
      ? []
      : [
          {
            date,
            source: first.source,
            fetchedAtMs: first.fetchedAtMs,
            indicators: [first, ...others].sort((a, b) => (a.indicator < b.indicator ? -1 : 1)),
          },
        ],
  );
}

builder.objectField(Token, 'trendIndicators', (t) =>
  t.field({
    type: TrendDayConnection,
    description: `Technical indicators by day, newest first: a credit for every five days of tokens, ${indicatorsPerDay} rows each.`,
    args: dailyArgs,
    ...dailyCost('trendIndicators'),
    resolve: ({ tokenId }, args, context) =>
      dailyConnection(args, context, async (range) =>
        daysOf(await context.loaders.tokenMetrics.trendIndicators.load({ tokenId, range })),
      ),
  }),
);
