import type { DayRange } from '../../calendar.ts';
import type { Demand } from '../rows/demand.ts';
import type { RowReader } from '../rows/row-reader.ts';
import { byKey, byRange, type DayReader, latest, rowsByKey } from './batches.ts';
import type { Provenance } from './endpoints.ts';
import type { ListPage, PageKey } from './keyed-sets.ts';
import type { TokenMetricsReaders } from './readers.ts';

/** The days of a token. */
interface TokenRange {
  readonly tokenId: number;
  readonly range: DayRange;
}

interface IndexRange {
  readonly id: number;
  readonly range: DayRange;
}
interface ThemeRange {
  readonly theme: string;
  readonly range: DayRange;
}

const noRows = { rows: [], isLast: true } as const;

export interface LoadersOptions<Answer> {
  readonly readers: TokenMetricsReaders;
  readonly demand: Demand;
  readonly ask: (question: string, demand: Demand) => Promise<Answer>;
  readonly now: () => number;
}

/** Request-long loaders, one line per endpoint and way of reading it. */
export function createTokenMetricsLoaders<Answer>(options: LoadersOptions<Answer>) {
  const { readers: r, demand, ask, now } = options;
  const one = <R>(reader: RowReader<number, R>) => byKey(reader, demand, (id) => id);
  const newest = <R extends Provenance>(days: DayReader<number, R>) => latest(days, demand, now);
  const daily = <R>(days: DayReader<number, R>) =>
    byRange(days, demand, ({ tokenId }: TokenRange) => tokenId);
  const pages = <R>(reader: RowReader<PageKey, ListPage<R>>) => {
    const loader = byKey(reader, demand, reader.idOf);
    return {
      load: async (key: PageKey): Promise<ListPage<R>> => (await loader.load(key)) ?? noRows,
    };
  };

  return {
    token: one(r.tokens),
    price: one(r.price),
    tmGrade: one(r.tmGrade),
    fundamentalGrade: one(r.fundamentalGrade),
    technologyGrade: one(r.technologyGrade),
    traderGrade: newest(r.traderGrades),
    investorGrade: newest(r.investorGrades),
    tradingSignal: newest(r.tradingSignals),
    tmGrades: daily(r.tmGradeHistory),
    fundamentalGrades: daily(r.fundamentalGradeHistory),
    technologyGrades: daily(r.technologyGradeHistory),
    traderGrades: daily(r.traderGrades),
    investorGrades: daily(r.investorGrades),
    tradingSignals: daily(r.tradingSignals),
    hourlySignals: rowsByKey(r.hourlyTradingSignals, demand),
    tokenPage: pages(r.tokenPages),
    topTokenPage: pages(r.topTokenPages),
    traderGradePage: pages(r.traderGradePages),
    investorGradePage: pages(r.investorGradePages),
    tradingSignalPage: pages(r.tradingSignalPages),
    tokensBySymbol: rowsByKey(r.tokensBySymbol, demand),
    tokensByName: rowsByKey(r.tokensByName, demand),

    quantMetrics: one(r.quantMetrics),
    resistanceSupport: one(r.resistanceSupport),
    correlation: one(r.correlation),
    pricePrediction: one(r.pricePrediction),
    scenarioAnalysis: one(r.scenarioAnalysis),
    aiReport: one(r.aiReports),
    dailyCandles: daily(r.dailyOhlcv),
    hourlyCandles: daily(r.hourlyOhlcv),
    trendIndicators: daily(r.trendIndicators),

    marketMetrics: byRange(r.marketMetrics, demand, (_key: { readonly range: DayRange }) => ''),
    sentimentPage: pages(r.sentimentPages),
    moonshotPage: pages(r.moonshotPages),
    cryptoInvestorPage: pages(r.cryptoInvestorPages),

    indexPage: pages(r.indexPages),
    indexHoldings: rowsByKey(r.indicesHoldings, demand),
    indexPerformance: byRange(r.indicesPerformance, demand, ({ id }: IndexRange) => String(id)),
    themePerformance: byRange(r.themePerformance, demand, ({ theme }: ThemeRange) => theme),
    traderBasketPage: pages(r.traderBasketPages),
    investorBasketPage: pages(r.investorBasketPages),
    basketTreeMapPage: pages(r.basketTreeMapPages),
    themeTreeMapPage: pages(r.themeTreeMapPages),
    basketTransactionPage: pages(r.basketTransactionPages),
    themeTransactionPage: pages(r.themeTransactionPages),
    chart: byKey(r.charts, demand, r.charts.idOf),

    /** No loader: two questions are two answers, even if they are the same. */
    ask: (question: string) => ask(question, demand),
  };
}
