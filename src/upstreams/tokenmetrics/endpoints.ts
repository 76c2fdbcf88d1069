import type { RowParser } from '../shape.ts';
import * as analysis from './analysis-rows.ts';
import * as baskets from './index-rows.ts';
import * as market from './market-rows.ts';
import * as rows from './rows.ts';

/**
 * The whole upstream as a table: one line per endpoint.
 *
 * `reads` is how rows are asked for: `token` one row each by a list of ids; `daily` by ids and days;
 * `hourly` by ids alone, newest hour first; `days` by days alone; `index` by one index a request;
 * `list` by pages. `freshSeconds` is how long a row may be taken for current.
 */
export interface Endpoint<Row = unknown> {
  readonly path: string;
  readonly reads: 'token' | 'daily' | 'hourly' | 'days' | 'index' | 'list';
  readonly row: RowParser<Row>;
  readonly freshSeconds: number;
  /** Rows of one token and day; 1 unless told. */
  readonly rowsPerDay?: number;
  /** List support that no official text promises: verified on every answer. */
  readonly listsUnproven?: true;
  /** Documents no `limit`, and may stop at the default page of 50 rows. */
  readonly limitUnproven?: true;
  /** What the length of a page is asked with, where it is not `limit`. */
  readonly sizeParameter?: 'top_k';
  /** No longer documented by the upstream since this month; may stop answering any day. */
  readonly withdrawnSince?: string;
  /** Not served by the third generation of the API. */
  readonly isV2Only?: true;
  /** Written once an hour, a few minutes past it. */
  readonly isHourly?: true;
  /** Has lists that the third generation cuts short. */
  readonly isExpandable?: true;
}

type Traits = Omit<Endpoint, 'path' | 'reads' | 'row' | 'freshSeconds'>;

function at<const Reads extends Endpoint['reads'], Row>(
  path: string,
  reads: Reads,
  row: RowParser<Row>,
  freshSeconds: number,
  traits: Traits = {},
) {
  return { path, reads, row, freshSeconds, ...traits };
}

const minutes = 60;
const hours = 3600;
const grade = { listsUnproven: true, limitUnproven: true } as const;
const history = { listsUnproven: true } as const;
const withdrawn = { withdrawnSince: '2025-08', isV2Only: true } as const;
const old = { isV2Only: true } as const;

/** The indicators the upstream computes, each a row a day. */
const indicatorsPerDay = 17;

export const endpoints = {
  tokens: at('/tokens', 'token', rows.tokenRow, 24 * hours, { isExpandable: true }),
  topMarketCapTokens: at('/top-market-cap-tokens', 'list', rows.topTokenRow, 6 * hours, {
    sizeParameter: 'top_k',
    isExpandable: true,
  }),
  price: at('/price', 'token', rows.priceRow, 5 * minutes, { limitUnproven: true }),

  tmGrade: at('/tm-grade', 'token', rows.tmGradeRow, 1 * hours, grade),
  tmGradeHistory: at('/tm-grade-history', 'daily', rows.tmGradeHistoryRow, 6 * hours, history),
  fundamentalGrade: at('/fundamental-grade', 'token', rows.fundamentalGradeRow, 6 * hours, grade),
  fundamentalGradeHistory: at(
    '/fundamental-grade-history',
    'daily',
    rows.fundamentalGradeHistoryRow,
    6 * hours,
    history,
  ),
  technologyGrade: at('/technology-grade', 'token', rows.technologyGradeRow, 6 * hours, grade),
  technologyGradeHistory: at(
    '/technology-grade-history',
    'daily',
    rows.technologyGradeHistoryRow,
    6 * hours,
    history,
  ),
  traderGrades: at('/trader-grades', 'daily', rows.traderGradeRow, 1 * hours, withdrawn),
  investorGrades: at('/investor-grades', 'daily', rows.investorGradeRow, 6 * hours, withdrawn),

  tradingSignals: at('/trading-signals', 'daily', rows.tradingSignalRow, 1 * hours),
  hourlyTradingSignals: at('/hourly-trading-signals', 'hourly', rows.hourlySignalRow, 1 * hours, {
    isHourly: true,
  }),
  moonshotTokens: at('/moonshot-tokens', 'list', market.moonshotRow, 30 * minutes),
  trendIndicators: at('/all-trend-indicators', 'daily', analysis.trendIndicatorRow, 6 * hours, {
    ...old,
    rowsPerDay: indicatorsPerDay,
  }),

  quantMetrics: at('/quantmetrics', 'token', analysis.quantMetricsRow, 6 * hours),
  resistanceSupport: at('/resistance-support', 'token', analysis.levelsRow, 6 * hours),
  correlation: at('/correlation', 'token', analysis.correlationRow, 6 * hours),
  pricePrediction: at('/price-prediction', 'token', analysis.pricePredictionRow, 12 * hours),
  scenarioAnalysis: at(
    '/scenario-analysis',
    'token',
    analysis.scenarioAnalysisRow,
    12 * hours,
    withdrawn,
  ),
  aiReports: at('/ai-reports', 'token', analysis.aiReportRow, 24 * hours),

  dailyOhlcv: at('/daily-ohlcv', 'daily', analysis.dailyCandleRow, 1 * hours),
  hourlyOhlcv: at('/hourly-ohlcv', 'daily', analysis.hourlyCandleRow, 1 * hours, {
    rowsPerDay: 24,
    isHourly: true,
  }),

  marketMetrics: at('/market-metrics', 'days', market.marketMetricsRow, 6 * hours),
  sentiments: at('/sentiments', 'list', market.sentimentRow, 1 * hours, withdrawn),
  cryptoInvestors: at('/crypto-investors', 'list', market.cryptoInvestorRow, 24 * hours),

  indices: at('/indices', 'list', baskets.indexRow, 1 * hours),
  indicesHoldings: at('/indices-holdings', 'index', baskets.holdingRow, 6 * hours),
  indicesPerformance: at('/indices-performance', 'index', baskets.indexPerformanceRow, 6 * hours),
  traderIndices: at('/trader-indices', 'list', baskets.positionRow, 6 * hours, old),
  investorIndices: at('/investor-indices', 'list', baskets.positionRow, 6 * hours, old),
  indexTreeMap: at('/indices-tree-map', 'list', baskets.tileRow, 1 * hours, old),
  themeTreeMap: at('/indices-index-specific-tree-map', 'list', baskets.tileRow, 1 * hours, old),
  indexTransactions: at(
    '/indices-index-transaction',
    'list',
    baskets.transactionRow,
    6 * hours,
    old,
  ),
  themeTransactions: at(
    '/indices-index-specific-index-transaction',
    'list',
    baskets.transactionRow,
    6 * hours,
    old,
  ),
  themePerformance: at(
    '/indices-index-specific-performance',
    'days',
    baskets.indexPerformanceRow,
    6 * hours,
    old,
  ),
} as const satisfies Record<string, Endpoint>;

/** Paths that draw a picture and answer where it is. */
export const charts = {
  TOKEN_PRICE: '/token-details-price-charts',
  TOKEN_LEVELS: '/resistance-and-support-charts',
  VOLATILITY: '/annualized-historical-volatility-charts',
  INDEX_ALLOCATION: '/indices-index-allocation-charts',
  INDEX_ROI: '/indices-roi-charts',
  BULLISH_VS_BEARISH: '/market-percent-of-bullish-vs-bearish-charts',
  BULL_AND_BEAR: '/market-bull-and-bear-charts',
  BULLISH_GRADES: '/market-percent-of-bullish-tm-grades',
  MARKET_SIGNAL: '/market-tm-grade-signal',
  ALTCOIN_SEASON: '/bitcoin-vs-altcoin-season-charts',
  TOTAL_MARKET_CAP: '/total-market-crypto-cap-charts',
  MARKET_MOVERS: '/market-movers-charts',
} as const;

export type ChartName = keyof typeof charts;

/** What all of them together are called. */
export const chartsPath = '/charts';

/** The one path that is asked by POST. */
export const analystPath = '/tmai';

export type EndpointName = keyof typeof endpoints;
type EndpointsThat<Reads extends Endpoint['reads']> = {
  [Name in EndpointName]: (typeof endpoints)[Name]['reads'] extends Reads ? Name : never;
}[EndpointName];

export type TokenEndpoint = EndpointsThat<'token'>;
export type DailyEndpoint = EndpointsThat<'daily'>;
export type HourlyEndpoint = EndpointsThat<'hourly'>;
export type DaysEndpoint = EndpointsThat<'days'>;
export type IndexEndpoint = EndpointsThat<'index'>;

/** Where a row came from, when it was fetched (milliseconds since 1970), and if that is too long ago. */
export interface Provenance {
  readonly source: 'TOKEN_METRICS' | 'SANDBOX';
  readonly fetchedAtMs: number;
  /** Set where the row is given out past its lifetime. */
  readonly isStale?: true;
}

/** A row of an endpoint, with its provenance. */
export type Row<Name extends EndpointName> = NonNullable<
  ReturnType<(typeof endpoints)[Name]['row']>
> &
  Provenance;
