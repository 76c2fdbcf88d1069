import type { Endpoint } from '../endpoint.ts';
import { aiReports } from './ai-reports.ts';
import { allTrendIndicators } from './all-trend-indicators.ts';
import { charts } from './charts.ts';
import { correlation } from './correlation.ts';
import { cryptoInvestors } from './crypto-investors.ts';
import { fundamentalGrade, fundamentalGradeHistory } from './fundamental-grade.ts';
import { hourlyTradingSignals } from './hourly-trading-signals.ts';
import { indicesHoldings } from './indices-holdings.ts';
import { indicesPerformance, sectorPerformance } from './indices-performance.ts';
import { indices } from './indices.ts';
import { investorGrades } from './investor-grades.ts';
import { marketMetrics } from './market-metrics.ts';
import { moonshotTokens } from './moonshot-tokens.ts';
import { dailyOhlcv, hourlyOhlcv } from './ohlcv.ts';
import { investorIndices, traderIndices } from './portfolios.ts';
import { pricePrediction } from './price-prediction.ts';
import { price } from './price.ts';
import { quantmetrics } from './quantmetrics.ts';
import { resistanceSupport } from './resistance-support.ts';
import { scenarioAnalysis } from './scenario-analysis.ts';
import { sentiments } from './sentiments.ts';
import { technologyGrade, technologyGradeHistory } from './technology-grade.ts';
import { tmGrade, tmGradeHistory } from './tm-grade.ts';
import { tmai } from './tmai.ts';
import { tokens } from './tokens.ts';
import { topMarketCapTokens } from './top-market-cap-tokens.ts';
import { traderGrades } from './trader-grades.ts';
import { tradingSignals } from './trading-signals.ts';
import { indexTransactions, sectorTransactions } from './transactions.ts';
import { indicesTreeMap, sectorTreeMap } from './tree-maps.ts';

/** Every path of generation 2, those that the vendor no longer documents at the end. */
export const generation2: readonly Endpoint[] = [
  tokens,
  topMarketCapTokens,
  price,
  tmGrade,
  tmGradeHistory,
  fundamentalGrade,
  fundamentalGradeHistory,
  technologyGrade,
  technologyGradeHistory,
  tradingSignals,
  hourlyTradingSignals,
  moonshotTokens,
  quantmetrics,
  resistanceSupport,
  correlation,
  pricePrediction,
  marketMetrics,
  dailyOhlcv,
  hourlyOhlcv,
  indices,
  indicesHoldings,
  indicesPerformance,
  aiReports,
  cryptoInvestors,
  tmai,
  traderGrades,
  investorGrades,
  scenarioAnalysis,
  sentiments,
  allTrendIndicators,
  traderIndices,
  investorIndices,
  indicesTreeMap,
  sectorTreeMap,
  sectorPerformance,
  indexTransactions,
  sectorTransactions,
  ...charts,
];
