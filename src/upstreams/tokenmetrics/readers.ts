import type { createRowReader } from '../rows/row-reader.ts';
import { createQueryDaySet } from './day-sets.ts';
import {
  chartsPath,
  type Endpoint,
  endpoints as e,
  type Row,
  type TokenEndpoint,
} from './endpoints.ts';
import { createChartSet, createIndexSet, createPageSet } from './keyed-sets.ts';
import { createHoursSet, createWordSet } from './list-sets.ts';
import { createLifetimeOf, type LifetimeOf, type LifetimeSettings } from './lifetimes.ts';
import type { ListReader } from './lists.ts';
import type { TokenMetricsReads } from './reads.ts';
import { createTokenDaySet } from './token-day-set.ts';
import type { HourlyRow, SeriesRow, TokenRow } from './token-rows.ts';
import { createTokenSet, isSureOfOneRequest, type SetOptions } from './token-set.ts';

export interface TokenMetricsReadersOptions {
  readonly reader: ReturnType<typeof createRowReader>;
  readonly reads: TokenMetricsReads;
  readonly lists: ListReader;
  readonly lifetimes: LifetimeSettings;
  readonly now: () => number;
}

export type TokenMetricsReaders = ReturnType<typeof createTokenMetricsReaders>;

/** Pictures are drawn anew now and then; where they lie is worth keeping for a while. */
const chartFreshSeconds = 300;

/** What is absent although it may not have been asked for is asked for again after a minute. */
const doubtedFreshMs = 60_000;

/** Process-long: the rows of every endpoint by key, one line per endpoint and way of reading it. */
export function createTokenMetricsReaders(options: TokenMetricsReadersOptions) {
  const { reader, reads, lists, lifetimes, now } = options;
  const setOptions = (endpoint: Endpoint, way = ''): SetOptions => ({
    name: `${endpoint.path}${way}`,
    reads,
    lists,
    lifetimeOf: shortInDoubt(createLifetimeOf(endpoint, lifetimes.get(endpoint.path)), () =>
      lists.isDoubted(endpoint.path),
    ),
  });
  const one = <R extends TokenRow>(endpoint: Endpoint<R>) =>
    reader(createTokenSet(endpoint, setOptions(endpoint)));
  const days = <R extends SeriesRow>(endpoint: Endpoint<R>) =>
    reader(createTokenDaySet(endpoint, setOptions(endpoint)));
  const hours = <R extends HourlyRow>(endpoint: Endpoint<R>) =>
    reader(createHoursSet(endpoint, setOptions(endpoint), now));
  const pages = <R extends object>(endpoint: Endpoint<R>) =>
    reader(createPageSet(endpoint, setOptions(endpoint, '#pages')));
  const series = <R extends { readonly date: string }>(endpoint: Endpoint<R>, by?: string) =>
    reader(
      createQueryDaySet(
        endpoint,
        (subject) => (by === undefined ? {} : { [by]: subject }),
        setOptions(endpoint),
      ),
    );
  const chartLifetimeOf = createLifetimeOf(
    { freshSeconds: chartFreshSeconds },
    lifetimes.get(chartsPath),
  );
  const charts = { name: chartsPath, reads, lists, lifetimeOf: chartLifetimeOf };
  const tokens = one(e.tokens);
  /** A token that came along with a page or a symbol needs no request of its own. */
  const keepTokens = (rows: readonly Row<'tokens'>[]) => {
    for (const row of rows) tokens.keep(row.tokenId, row);
  };

  return {
    tokens,
    price: one(e.price),
    tmGrade: one(e.tmGrade),
    fundamentalGrade: one(e.fundamentalGrade),
    technologyGrade: one(e.technologyGrade),
    quantMetrics: one(e.quantMetrics),
    resistanceSupport: one(e.resistanceSupport),
    correlation: one(e.correlation),
    pricePrediction: one(e.pricePrediction),
    scenarioAnalysis: one(e.scenarioAnalysis),
    aiReports: one(e.aiReports),

    traderGrades: days(e.traderGrades),
    investorGrades: days(e.investorGrades),
    tradingSignals: days(e.tradingSignals),
    tmGradeHistory: days(e.tmGradeHistory),
    fundamentalGradeHistory: days(e.fundamentalGradeHistory),
    technologyGradeHistory: days(e.technologyGradeHistory),
    dailyOhlcv: days(e.dailyOhlcv),
    hourlyOhlcv: days(e.hourlyOhlcv),
    trendIndicators: days(e.trendIndicators),
    hourlyTradingSignals: hours(e.hourlyTradingSignals),

    marketMetrics: series(e.marketMetrics),
    indicesPerformance: series(e.indicesPerformance, 'id'),
    themePerformance: series(e.themePerformance, 'indexName'),
    indicesHoldings: reader(createIndexSet(e.indicesHoldings, setOptions(e.indicesHoldings))),

    tokensBySymbol: reader(
      createWordSet(e.tokens, 'symbol', setOptions(e.tokens, '#symbols'), keepTokens),
    ),
    tokensByName: reader(
      createWordSet(e.tokens, 'name', setOptions(e.tokens, '#names'), keepTokens),
    ),

    tokenPages: reader(createPageSet(e.tokens, setOptions(e.tokens, '#pages'), keepTokens)),
    topTokenPages: pages(e.topMarketCapTokens),
    traderGradePages: pages(e.traderGrades),
    investorGradePages: pages(e.investorGrades),
    tradingSignalPages: pages(e.tradingSignals),
    sentimentPages: pages(e.sentiments),
    moonshotPages: pages(e.moonshotTokens),
    cryptoInvestorPages: pages(e.cryptoInvestors),
    indexPages: pages(e.indices),
    traderBasketPages: pages(e.traderIndices),
    investorBasketPages: pages(e.investorIndices),
    basketTreeMapPages: pages(e.indexTreeMap),
    themeTreeMapPages: pages(e.themeTreeMap),
    basketTransactionPages: pages(e.indexTransactions),
    themeTransactionPages: pages(e.themeTransactions),

    charts: reader(createChartSet(charts)),

    /** Whether so many ids take one request, whatever tokens there are. */
    isSureOfOneRequest: (name: TokenEndpoint, ids: number): boolean =>
      isSureOfOneRequest(e[name], ids, lists),
  };
}

/** The same lifetimes, but of absence while it is in doubt: nobody is given that when it is over. */
function shortInDoubt(lifetimeOf: LifetimeOf, isDoubted: () => boolean): LifetimeOf {
  return (aged, nowMs) => {
    const lifetime = lifetimeOf(aged, nowMs);
    if (!aged.isAbsent || !isDoubted()) return lifetime;
    const freshMs = Math.min(lifetime.freshMs, doubtedFreshMs);
    return { freshMs, revalidateMs: 0, standInMs: 0 };
  };
}
