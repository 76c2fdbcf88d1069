import { HOUR_MS } from '../calendar.ts';
import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { Sourced } from './provenance.ts';
import { readsHourly } from './reads.ts';
import { hoursPerPage, hourWindow, seriesConnection } from './series.ts';
import { Signal, signalOf } from './signal.ts';
import { Token } from './token.ts';

const HourlySignal = builder.objectRef<Row<'hourlyTradingSignals'>>('HourlySignal').implement({
  description: 'The trading signal of a token and hour. Endpoint `/hourly-trading-signals`.',
  interfaces: [Sourced],
  fields: (t) => ({
    token: t.field({
      type: Token,
      nullable: false,
      description: 'The token the signal is for.',
      resolve: (row) => row,
    }),
    hour: t.expose('timestamp', {
      type: 'DateTime',
      nullable: false,
      description: 'The start of the hour.',
    }),
    close: t.field({
      type: 'Decimal',
      description: 'The closing price of the hour, in US dollars.',
      resolve: (row) => row.close,
    }),
    signal: t.field({
      type: Signal,
      description: 'The signal of the hour.',
      resolve: (row) => signalOf(row.signal),
    }),
    isHeld: t.boolean({
      description: 'Whether the model holds the token in this hour.',
      resolve: ({ position }) => (position === null ? null : position > 0),
    }),
  }),
});

const HourlySignalConnection = builder.connectionObject(
  { type: HourlySignal, name: 'HourlySignalConnection', description: 'A page of hourly signals.' },
  { name: 'HourlySignalEdge', description: 'The signal of a token and hour.' },
);

builder.objectField(Token, 'hourlySignals', (t) =>
  t.field({
    type: HourlySignalConnection,
    description:
      'Hourly signals, newest first. The upstream takes no dates here: what lies further back is read from now, at a credit for every hundred hours of tokens.',
    args: {
      from: t.arg({ type: 'DateTime', description: 'The oldest instant, at most 29 days ago.' }),
      to: t.arg({ type: 'DateTime', description: 'The newest instant; now without it.' }),
      first: t.arg.int({
        description: `Hours of a page, newest first: ${hoursPerPage.default} without it, ${hoursPerPage.max} at most. An hour the upstream has no row for is missing from its page.`,
      }),
      after: t.arg.string({ description: 'The `endCursor` of the page before.' }),
    },
    ...priced({
      listSize: {
        assumedSize: hoursPerPage.default,
        slicingArguments: ['first'],
        sizedFields: ['edges', 'nodes'],
        max: hoursPerPage.max,
      },
      reads: readsHourly('hourlyTradingSignals'),
      rateLimit: { limit: 3000, duration: 60 },
    }),
    resolve: async ({ tokenId }, args, { loaders, nowMs }) => {
      const { fromMs, toMs, hours, hasOlder } = hourWindow(args, nowMs);
      const rows =
        hours === 0
          ? []
          : await loaders.tokenMetrics.hourlySignals.load({ tokenId, range: { fromMs } });
      return seriesConnection({
        // A stamp may lie within its hour: the upstream has not always aligned them.
        rows: rows.filter((row) => Date.parse(row.timestamp) < toMs + HOUR_MS),
        keyOf: (row) => row.timestamp,
        oldest: new Date(fromMs).toISOString(),
        hasOlder,
        isContinued: typeof args.after === 'string',
      });
    },
  }),
);
