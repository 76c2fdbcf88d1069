import type { RowParser } from '../shape.ts';
import * as rows from './rows.ts';

/**
 * The whole upstream as a table: one line per endpoint.
 *
 * `reads` is how rows belong to tokens: `token` one row each; `daily` one row per token and day,
 * asked by date range; `hourly` one row per token and hour, without dates, newest first; `list` no
 * token filter, only pages. `freshSeconds` is how long a row may be taken for current.
 */
export interface Endpoint<Row = unknown> {
  readonly path: string;
  readonly reads: 'token' | 'daily' | 'hourly' | 'list';
  readonly row: RowParser<Row>;
  readonly freshSeconds: number;
  /** List support that no official text promises: verified on every answer. */
  readonly listsUnproven?: true;
  /** Documents no `limit`, and may stop at the default page of 50 rows. */
  readonly limitUnproven?: true;
  /** No longer documented by the upstream since this month; may stop answering any day. */
  readonly withdrawnSince?: string;
}

const minutes = 60;
const hours = 3600;

export const endpoints = {
  tokens: {
    path: '/tokens',
    reads: 'token',
    row: rows.tokenRow,
    freshSeconds: 24 * hours,
  },
  topMarketCapTokens: {
    path: '/top-market-cap-tokens',
    reads: 'list',
    row: rows.topTokenRow,
    freshSeconds: 6 * hours,
  },
  price: {
    path: '/price',
    reads: 'token',
    row: rows.priceRow,
    freshSeconds: 5 * minutes,
    limitUnproven: true,
  },
  tmGrade: {
    path: '/tm-grade',
    reads: 'token',
    row: rows.tmGradeRow,
    freshSeconds: 1 * hours,
    listsUnproven: true,
    limitUnproven: true,
  },
  tmGradeHistory: {
    path: '/tm-grade-history',
    reads: 'daily',
    row: rows.tmGradeHistoryRow,
    freshSeconds: 6 * hours,
    listsUnproven: true,
  },
  fundamentalGrade: {
    path: '/fundamental-grade',
    reads: 'token',
    row: rows.fundamentalGradeRow,
    freshSeconds: 6 * hours,
    listsUnproven: true,
    limitUnproven: true,
  },
  fundamentalGradeHistory: {
    path: '/fundamental-grade-history',
    reads: 'daily',
    row: rows.fundamentalGradeHistoryRow,
    freshSeconds: 6 * hours,
    listsUnproven: true,
  },
  technologyGrade: {
    path: '/technology-grade',
    reads: 'token',
    row: rows.technologyGradeRow,
    freshSeconds: 6 * hours,
    listsUnproven: true,
    limitUnproven: true,
  },
  technologyGradeHistory: {
    path: '/technology-grade-history',
    reads: 'daily',
    row: rows.technologyGradeHistoryRow,
    freshSeconds: 6 * hours,
    listsUnproven: true,
  },
  traderGrades: {
    path: '/trader-grades',
    reads: 'daily',
    row: rows.traderGradeRow,
    freshSeconds: 1 * hours,
    withdrawnSince: '2025-08',
  },
  investorGrades: {
    path: '/investor-grades',
    reads: 'daily',
    row: rows.investorGradeRow,
    freshSeconds: 6 * hours,
    withdrawnSince: '2025-08',
  },
  tradingSignals: {
    path: '/trading-signals',
    reads: 'daily',
    row: rows.tradingSignalRow,
    freshSeconds: 1 * hours,
  },
  hourlyTradingSignals: {
    path: '/hourly-trading-signals',
    reads: 'hourly',
    row: rows.hourlySignalRow,
    freshSeconds: 10 * minutes,
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof endpoints;
type EndpointsThat<Reads extends Endpoint['reads']> = {
  [Name in EndpointName]: (typeof endpoints)[Name]['reads'] extends Reads ? Name : never;
}[EndpointName];

export type TokenEndpoint = EndpointsThat<'token'>;
export type DailyEndpoint = EndpointsThat<'daily'>;
export type HourlyEndpoint = EndpointsThat<'hourly'>;

/** Where a row came from and when it was fetched (milliseconds since 1970). */
export interface Provenance {
  readonly source: 'TOKEN_METRICS' | 'SANDBOX';
  readonly fetchedAtMs: number;
}

/** A row of an endpoint, with its provenance. */
export type Row<Name extends EndpointName> = NonNullable<
  ReturnType<(typeof endpoints)[Name]['row']>
> &
  Provenance;
