import { z } from 'zod';
import { forecasts, prediction } from './zod-prediction.ts';
import { shape, zodParser } from './zod-shape.ts';

/** Rows of Token Metrics as zod schemas, by the name of their endpoint. */

const identity = {
  tokenId: shape.integer,
  tokenName: shape.text,
  tokenSymbol: shape.symbol,
};

const exchange = z
  .object({ exchange_id: z.string(), exchange_name: z.string() })
  .transform((raw) => ({ id: raw.exchange_id, name: raw.exchange_name }));

const category = z
  .object({ category_id: shape.integer, category_name: z.string(), category_slug: z.string() })
  .transform((raw) => ({ id: raw.category_id, name: raw.category_name, slug: raw.category_slug }));

/** `{ solana: 'AQi…' }` as a list, because GraphQL has no maps. */
const contracts = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? Object.entries(value) : []),
  z
    .array(z.tuple([z.string(), z.unknown()]))
    .transform((entries) =>
      entries.flatMap(([chain, address]) =>
        typeof address === 'string' && address !== '' ? [{ chain, address }] : [],
      ),
    ),
);

/** Null is not none: the upstream leaves the lists of some tokens out. */
const listing = {
  exchangeList: shape.listOrNull(exchange),
  categoryList: shape.listOrNull(category),
};

const tmGradeFields = {
  ...identity,
  tmGrade: shape.numberOrNull,
  tmGradeSignal: shape.textOrNull,
  tmGrade24hPctChange: shape.numberOrNull,
  tmTraderGrade24hChange: shape.numberOrNull,
  quantGrade: shape.numberOrNull,
  momentum: shape.textOrNull,
  tradingSignal: shape.integerOrNull,
};

/** A level is a dated object now, and was a plain number before. */
const level = z.union([
  z.object({ date: shape.day, level: shape.number }),
  shape.number.transform((price) => ({ date: null, level: price })),
]);

const candleFields = {
  ...identity,
  open: shape.number,
  high: shape.number,
  low: shape.number,
  close: shape.number,
  volume: shape.numberOrNull,
};

/** A link, or an object of links by size, of which the largest counts. */
const icon = z
  .union([shape.linkOrNull, z.object({ large: shape.linkOrNull }).transform(({ large }) => large)])
  .catch(null)
  .default(null);

export const zodRows = {
  tokens: zodParser({
    ...identity,
    ...listing,
    tmLink: shape.linkOrNull,
    // The newer generation of the API calls the same link so.
    appLink: shape.linkOrNull,
    contractAddress: contracts,
  }),
  price: zodParser({ ...identity, currentPrice: shape.number }),
  tmGrade: zodParser({ ...tmGradeFields, date: shape.dayOrNull }),
  tmGradeHistory: zodParser({ ...tmGradeFields, date: shape.day }),
  investorGrades: zodParser({
    ...identity,
    date: shape.day,
    tmInvestorGrade: shape.numberOrNull,
    tmInvestorGrade7dPctChange: shape.numberOrNull,
    fundamentalGrade: shape.numberOrNull,
    technologyGrade: shape.numberOrNull,
    valuationGrade: shape.numberOrNull,
    defiUsageScore: shape.numberOrNull,
    communityScore: shape.numberOrNull,
    exchangeScore: shape.numberOrNull,
    vcScore: shape.numberOrNull,
    tokenomicsScore: shape.numberOrNull,
    defiScannerScore: shape.numberOrNull,
    activityScore: shape.numberOrNull,
    securityScore: shape.numberOrNull,
    repositoryScore: shape.numberOrNull,
    collaborationScore: shape.numberOrNull,
  }),
  tradingSignals: zodParser({
    ...identity,
    date: shape.day,
    tradingSignal: shape.integerOrNull,
    tokenTrend: shape.integerOrNull,
    tradingSignalsReturns: shape.numberOrNull,
    holdingReturns: shape.numberOrNull,
    tmTraderGrade: shape.numberOrNull,
    tmInvestorGrade: shape.numberOrNull,
  }),
  hourlyTradingSignals: zodParser({
    ...identity,
    timestamp: shape.instant,
    close: shape.numberOrNull,
    signal: shape.integerOrNull,
    position: shape.integerOrNull,
  }),
  dailyOhlcv: zodParser({ ...candleFields, date: shape.day }),
  hourlyOhlcv: zodParser({ ...candleFields, timestamp: shape.instant }),
  quantMetrics: zodParser({
    ...identity,
    date: shape.dayOrNull,
    volatility: shape.numberOrNull,
    allTimeReturn: shape.numberOrNull,
    cagr: shape.numberOrNull,
    sharpe: shape.numberOrNull,
    sortino: shape.numberOrNull,
    maxDrawdown: shape.numberOrNull,
    skew: shape.numberOrNull,
    tailRatio: shape.numberOrNull,
    riskRewardRatio: shape.numberOrNull,
    profitFactor: shape.numberOrNull,
    kurtosis: shape.numberOrNull,
    dailyValueAtRisk: shape.numberOrNull,
    dailyReturnAvg: shape.numberOrNull,
    dailyReturnStd: shape.numberOrNull,
  }),
  correlation: zodParser({
    ...identity,
    date: shape.dayOrNull,
    topCorrelation: shape.list(
      z
        .object({ correlation: shape.number, token: shape.text })
        .transform((raw) => ({ correlation: raw.correlation, name: raw.token })),
    ),
  }),
  resistanceSupport: zodParser({
    ...identity,
    date: shape.dayOrNull,
    historicalResistanceSupportLevels: shape.list(level),
  }),
  pricePrediction: zodParser({
    ...identity,
    // The old shape names no symbol.
    tokenSymbol: shape.textOrNull,
    date: shape.dayOrNull,
    pricePrediction: prediction,
    forecastsForNext7Days: forecasts,
    predictedReturns7d: shape.numberOrNull,
  }),
  indicesHoldings: zodParser({
    ...identity,
    weight: shape.numberOrNull,
    marketCap: shape.numberOrNull,
    price: shape.numberOrNull,
    currentRoi: shape.numberOrNull,
    traderGrade: shape.numberOrNull,
    traderGradeChange24h: shape.numberOrNull,
    cgId: shape.textOrNull,
    icon,
    date: shape.dayOrNull,
  }),
} as const;
