import { rowParser, shape } from '../shape.ts';
import { identity } from './rows.ts';

/** Rows about one token: metrics, levels, forecasts, candles, reports. */

export const quantMetricsRow = rowParser({
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
});

export const correlationRow = rowParser({
  ...identity,
  date: shape.dayOrNull,
  topCorrelation: shape.list(
    shape.map(shape.object({ correlation: shape.number, token: shape.text }), (raw) => ({
      correlation: raw.correlation,
      name: raw.token,
    })),
  ),
});

/** A level is a dated object now, and was a plain number before. */
const level = shape.either(
  shape.object({ date: shape.day, level: shape.number }),
  shape.map(shape.number, (price) => ({ date: null, level: price })),
);

export const levelsRow = rowParser({
  ...identity,
  date: shape.dayOrNull,
  historicalResistanceSupportLevels: shape.list(level),
});

const scenario = shape.map(
  shape.object({
    scenario: shape.numberOrNull,
    total_mcap_scenario: shape.numberOrNull,
    predicted_price_base: shape.numberOrNull,
    predicted_price_bear: shape.numberOrNull,
    predicted_price_moon: shape.numberOrNull,
    predicted_roi_base: shape.numberOrNull,
    predicted_roi_bear: shape.numberOrNull,
    predicted_roi_moon: shape.numberOrNull,
    predicted_mcap_base: shape.numberOrNull,
    predicted_mcap_bear: shape.numberOrNull,
    predicted_mcap_moon: shape.numberOrNull,
    predicted_fdv_base: shape.numberOrNull,
    predicted_fdv_bear: shape.numberOrNull,
    predicted_fdv_moon: shape.numberOrNull,
  }),
  (raw) => ({
    marketCapTrillions: raw.scenario,
    marketCapUsd: raw.total_mcap_scenario,
    bear: outcome(raw, 'bear'),
    base: outcome(raw, 'base'),
    moon: outcome(raw, 'moon'),
  }),
);

type Outcomes = 'bear' | 'base' | 'moon';
type Figures = Readonly<
  Record<`predicted_${'price' | 'roi' | 'mcap' | 'fdv'}_${Outcomes}`, number | null>
>;

function outcome(raw: Figures, name: Outcomes) {
  return {
    priceUsd: raw[`predicted_price_${name}`],
    roi: raw[`predicted_roi_${name}`],
    marketCapUsd: raw[`predicted_mcap_${name}`],
    fdvUsd: raw[`predicted_fdv_${name}`],
  };
}

const forecastRange = shape.map(
  shape.object({
    forecast: shape.number,
    forecast_lower: shape.numberOrNull,
    forecast_upper: shape.numberOrNull,
  }),
  (raw) => ({
    priceUsd: raw.forecast,
    lowerUsd: raw.forecast_lower,
    upperUsd: raw.forecast_upper,
  }),
);

/** `{"1-day-forecast": {…}, …}` as a list, nearest day first. */
const forecasts = shape.map(shape.entries, (entries) =>
  entries
    .flatMap(([key, value]) => {
      const days = /^(\d+)-day-forecast$/.exec(key)?.[1];
      const forecast = forecastRange(value);
      return days !== undefined && forecast !== undefined
        ? [{ days: Number(days), ...forecast }]
        : [];
    })
    .sort((a, b) => a.days - b.days),
);

const prediction = shape.readableOrNull(
  shape.map(
    shape.object({
      category_name: shape.textOrNull,
      current_price: shape.numberOrNull,
      predicted_date: shape.dayOrNull,
      token_mcap: shape.numberOrNull,
      total_mcap: shape.numberOrNull,
      avg_past_performance: shape.numberOrNull,
      self_past_performance: shape.numberOrNull,
      price_prediction: shape.list(scenario),
    }),
    (raw) => ({
      categoryName: raw.category_name,
      currentPriceUsd: raw.current_price,
      predictedDate: raw.predicted_date,
      marketCapUsd: raw.token_mcap,
      totalMarketCapUsd: raw.total_mcap,
      peersPastPerformance: raw.avg_past_performance,
      ownPastPerformance: raw.self_past_performance,
      scenarios: raw.price_prediction,
    }),
  ),
);

/** Both shapes of the endpoint: scenarios since August 2025, a week's forecasts before. */
export const pricePredictionRow = rowParser({
  ...identity,
  // The old shape names no symbol.
  tokenSymbol: shape.textOrNull,
  date: shape.dayOrNull,
  pricePrediction: prediction,
  forecastsForNext7Days: forecasts,
  predictedReturns7d: shape.numberOrNull,
});

export const scenarioAnalysisRow = rowParser({
  ...identity,
  date: shape.dayOrNull,
  scenarioAnalysis: shape.list(
    shape.map(
      shape.object({
        token_dominance: shape.numberOrNull,
        price_prediction: shape.numberOrNull,
        crypto_market_cap_trillion: shape.numberOrNull,
      }),
      (raw) => ({
        dominance: raw.token_dominance,
        priceUsd: raw.price_prediction,
        marketCapTrillions: raw.crypto_market_cap_trillion,
      }),
    ),
  ),
});

const candleFields = {
  ...identity,
  open: shape.number,
  high: shape.number,
  low: shape.number,
  close: shape.number,
  volume: shape.numberOrNull,
};

export const dailyCandleRow = rowParser({ ...candleFields, date: shape.day });
export const hourlyCandleRow = rowParser({ ...candleFields, timestamp: shape.instant });

/** Texts are Markdown of several kilobytes; the last three are of an older revision. */
export const aiReportRow = rowParser({
  ...identity,
  investmentAnalysisPointer: shape.textOrNull,
  investmentAnalysis: shape.textOrNull,
  deepDive: shape.textOrNull,
  codeReview: shape.textOrNull,
  traderReport: shape.textOrNull,
  fundamentalReport: shape.textOrNull,
  technologyReport: shape.textOrNull,
});

export const trendIndicatorRow = rowParser({
  tokenId: shape.integer,
  tokenName: shape.text,
  date: shape.day,
  indicator: shape.text,
  trend: shape.integerOrNull,
});
