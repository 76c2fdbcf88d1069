import type { DayRange } from '../../calendar.ts';
import type { Demand } from '../rows/demand.ts';
import type { RowReader } from '../rows/row-reader.ts';
import { byKey, byRange, type DayReader, rowsByKey, valuesByKey } from './batches.ts';
import type { Provenance } from './endpoints.ts';
import type { ListPage, PageKey } from './keyed-sets.ts';
import { latest, type SeenRows } from './latest.ts';
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
  readonly ask: (question: string, demand: Demand) => Promise<Answer>;
}

type Makers = Readonly<Record<string, (demand: Demand) => unknown>>;
type Made<M extends Makers> = { readonly [Name in keyof M]: ReturnType<M[Name]> };

/** Makes each part when it is first asked for: an operation uses few of the loaders there are. */
function lazily<M extends Makers>(makers: M): (demand: Demand) => Made<M>;
function lazily(makers: Makers): (demand: Demand) => object {
  class Lazy {
    readonly demand: Demand;
    constructor(demand: Demand) {
      this.demand = demand;
    }
  }
  for (const [name, make] of Object.entries(makers)) {
    Object.defineProperty(Lazy.prototype, name, {
      get(this: Lazy) {
        const value = make(this.demand);
        Object.defineProperty(this, name, { value });
        return value;
      },
    });
  }
  return (demand) => new Lazy(demand);
}

/** Request-long loaders, one line per endpoint and way of reading it. */
export function createTokenMetricsLoaders<Answer>(options: LoadersOptions<Answer>) {
  const { readers: r, ask } = options;
  const one =
    <R>(reader: RowReader<number, R>) =>
    (demand: Demand) =>
      byKey(reader, demand, (id) => id);
  const newest = <R extends Provenance>(days: DayReader<number, R>) => {
    const seen: SeenRows<R> = new Map();
    return (demand: Demand) => latest(days, demand, seen);
  };
  const daily =
    <R>(days: DayReader<number, R>) =>
    (demand: Demand) =>
      byRange(days, demand, ({ tokenId }: TokenRange) => tokenId);
  const rows =
    <Key, R>(reader: RowReader<Key, readonly R[]>) =>
    (demand: Demand) =>
      rowsByKey(reader, demand);
  const pages =
    <R>(reader: RowReader<PageKey, ListPage<R>>) =>
    (demand: Demand) =>
      valuesByKey<PageKey, ListPage<R>, ListPage<R>, string>(reader, demand, noRows, reader.idOf);

  return lazily({
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
    hourlySignals: rows(r.hourlyTradingSignals),
    tokenPage: pages(r.tokenPages),
    topTokenPage: pages(r.topTokenPages),
    traderGradePage: pages(r.traderGradePages),
    investorGradePage: pages(r.investorGradePages),
    tradingSignalPage: pages(r.tradingSignalPages),
    tokensBySymbol: rows(r.tokensBySymbol),
    tokensByName: rows(r.tokensByName),

    quantMetrics: one(r.quantMetrics),
    resistanceSupport: one(r.resistanceSupport),
    correlation: one(r.correlation),
    pricePrediction: one(r.pricePrediction),
    scenarioAnalysis: one(r.scenarioAnalysis),
    aiReport: one(r.aiReports),
    dailyCandles: daily(r.dailyOhlcv),
    hourlyCandles: daily(r.hourlyOhlcv),
    trendIndicators: daily(r.trendIndicators),

    marketMetrics: (demand) =>
      byRange(r.marketMetrics, demand, (_key: { readonly range: DayRange }) => ''),
    sentimentPage: pages(r.sentimentPages),
    moonshotPage: pages(r.moonshotPages),
    cryptoInvestorPage: pages(r.cryptoInvestorPages),

    indexPage: pages(r.indexPages),
    indexHoldings: rows(r.indicesHoldings),
    indexPerformance: (demand) =>
      byRange(r.indicesPerformance, demand, ({ id }: IndexRange) => String(id)),
    themePerformance: (demand) =>
      byRange(r.themePerformance, demand, ({ theme }: ThemeRange) => theme),
    traderBasketPage: pages(r.traderBasketPages),
    investorBasketPage: pages(r.investorBasketPages),
    basketTreeMapPage: pages(r.basketTreeMapPages),
    themeTreeMapPage: pages(r.themeTreeMapPages),
    basketTransactionPage: pages(r.basketTransactionPages),
    themeTransactionPage: pages(r.themeTransactionPages),
    chart: (demand) => byKey(r.charts, demand, r.charts.idOf),

    /** No loader: two questions are two answers, even if they are the same. */
    ask: (demand) => (question: string) => ask(question, demand),

    /** No loader: whether what an endpoint is asked for takes what was priced, and no more. */
    isSureOfOneRequest: () => r.isSureOfOneRequest,
  });
}
