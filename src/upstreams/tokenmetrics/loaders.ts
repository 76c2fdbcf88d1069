import { byId, byKey, byRange, byWord, rangeKey } from './batches.ts';
import type { ReadScope } from './client.ts';
import { type ChartName, type Endpoint, endpoints } from './endpoints.ts';
import type { DayRange, TokenMetricsReads } from './reads.ts';
import type { DailyRow, HourlyRow, SeriesRow, TokenRow } from './token-rows.ts';

/** One whole page of what an endpoint answers to a filter; pages count from 1. */
export interface PageKey {
  readonly query: Readonly<Record<string, string>>;
  readonly page: number;
}

/** A picture, and what it is to show. */
export interface ChartKey {
  readonly name: ChartName;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * Request-long loaders, one line per endpoint and way of reading it. All keys of a tick are one
 * batch and resolve together: what is loaded behind them is then one batch again.
 */
export function createTokenMetricsLoaders(reads: TokenMetricsReads, scope: ReadScope) {
  const one = <R extends TokenRow>(endpoint: Endpoint<R>) =>
    byId((ids) => reads.tokenRows(endpoint, ids, scope));
  const latest = <R extends DailyRow>(endpoint: Endpoint<R>) =>
    byId((ids) => reads.latestRows(endpoint, ids, scope));
  const daily = <R extends SeriesRow>(endpoint: Endpoint<R>) =>
    byRange(rangeKey, (ids, range) => reads.dailyRows(endpoint, ids, range, scope));
  const hourly = <R extends HourlyRow>(endpoint: Endpoint<R>) =>
    byRange(
      ({ fromMs }: { readonly fromMs: number }) => String(fromMs),
      (ids, { fromMs }) => reads.hourlyRows(endpoint, ids, fromMs, scope),
    );
  const pages = <R>(endpoint: Endpoint<R>) =>
    byKey(
      ({ query, page }: PageKey) => reads.listPage(endpoint, query, page, scope),
      ({ query, page }) => JSON.stringify([page, ...Object.entries(query).sort()]),
    );
  const { tokens } = endpoints;

  return {
    token: one(endpoints.tokens),
    price: one(endpoints.price),
    tmGrade: one(endpoints.tmGrade),
    fundamentalGrade: one(endpoints.fundamentalGrade),
    technologyGrade: one(endpoints.technologyGrade),
    traderGrade: latest(endpoints.traderGrades),
    investorGrade: latest(endpoints.investorGrades),
    tradingSignal: latest(endpoints.tradingSignals),
    tmGrades: daily(endpoints.tmGradeHistory),
    fundamentalGrades: daily(endpoints.fundamentalGradeHistory),
    technologyGrades: daily(endpoints.technologyGradeHistory),
    traderGrades: daily(endpoints.traderGrades),
    investorGrades: daily(endpoints.investorGrades),
    tradingSignals: daily(endpoints.tradingSignals),
    hourlySignals: hourly(endpoints.hourlyTradingSignals),
    tokenPage: pages(endpoints.tokens),
    topTokenPage: pages(endpoints.topMarketCapTokens),
    traderGradePage: pages(endpoints.traderGrades),
    investorGradePage: pages(endpoints.investorGrades),
    tradingSignalPage: pages(endpoints.tradingSignals),
    tokensBySymbol: byWord(
      (symbols) => reads.symbolRows(tokens, symbols, scope),
      ({ tokenSymbol }) => tokenSymbol,
    ),
    tokensByName: byWord(
      (names) => reads.nameRows(tokens, names, scope),
      ({ tokenName }) => tokenName,
    ),

    quantMetrics: one(endpoints.quantMetrics),
    resistanceSupport: one(endpoints.resistanceSupport),
    correlation: one(endpoints.correlation),
    pricePrediction: one(endpoints.pricePrediction),
    scenarioAnalysis: one(endpoints.scenarioAnalysis),
    aiReport: one(endpoints.aiReports),
    dailyCandles: daily(endpoints.dailyOhlcv),
    hourlyCandles: daily(endpoints.hourlyOhlcv),
    trendIndicators: daily(endpoints.trendIndicators),

    marketMetrics: byKey(
      (range: DayRange) => reads.rangeRows(endpoints.marketMetrics, {}, range, scope),
      rangeKey,
    ),
    sentimentPage: pages(endpoints.sentiments),
    moonshotPage: pages(endpoints.moonshotTokens),
    cryptoInvestorPage: pages(endpoints.cryptoInvestors),

    indexPage: pages(endpoints.indices),
    indexHoldings: byKey(
      (id: number) => reads.indexRows(endpoints.indicesHoldings, id, scope),
      String,
    ),
    indexPerformance: byKey(
      ({ id, range }: { readonly id: number; readonly range: DayRange }) =>
        reads.rangeRows(endpoints.indicesPerformance, { id: String(id) }, range, scope),
      ({ id, range }) => `${id} ${rangeKey(range)}`,
    ),
    themePerformance: byKey(
      ({ theme, range }: { readonly theme: string; readonly range: DayRange }) =>
        reads.rangeRows(endpoints.themePerformance, { indexName: theme }, range, scope),
      ({ theme, range }) => `${theme} ${rangeKey(range)}`,
    ),
    traderBasketPage: pages(endpoints.traderIndices),
    investorBasketPage: pages(endpoints.investorIndices),
    basketTreeMapPage: pages(endpoints.indexTreeMap),
    themeTreeMapPage: pages(endpoints.themeTreeMap),
    basketTransactionPage: pages(endpoints.indexTransactions),
    themeTransactionPage: pages(endpoints.themeTransactions),
    chart: byKey(
      ({ name, query }: ChartKey) => reads.chart(name, query, scope),
      ({ name, query }) => JSON.stringify([name, ...Object.entries(query).sort()]),
    ),

    /** No loader: two questions are two answers, even if they are the same. */
    ask: (question: string) => reads.ask(question, scope),
  };
}
