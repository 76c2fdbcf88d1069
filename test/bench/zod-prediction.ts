import { z } from 'zod';
import { shape } from './zod-shape.ts';

/** What a price prediction holds, as zod schemas. */

const scenario = z
  .object({
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
  })
  .transform((raw) => ({
    marketCapTrillions: raw.scenario,
    marketCapUsd: raw.total_mcap_scenario,
    bear: outcome(raw, 'bear'),
    base: outcome(raw, 'base'),
    moon: outcome(raw, 'moon'),
  }));

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

/** `{"1-day-forecast": {…}, …}` as a list, nearest day first. */
export const forecasts = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? Object.entries(value) : []),
  z.array(z.tuple([z.string(), z.unknown()])).transform((entries) =>
    entries
      .flatMap(([key, value]) => {
        const days = /^(\d+)-day-forecast$/.exec(key)?.[1];
        const forecast = forecastRange.safeParse(value);
        return days !== undefined && forecast.success
          ? [{ days: Number(days), ...forecast.data }]
          : [];
      })
      .sort((a, b) => a.days - b.days),
  ),
);

const forecastRange = z
  .object({
    forecast: shape.number,
    forecast_lower: shape.numberOrNull,
    forecast_upper: shape.numberOrNull,
  })
  .transform((raw) => ({
    priceUsd: raw.forecast,
    lowerUsd: raw.forecast_lower,
    upperUsd: raw.forecast_upper,
  }));

export const prediction = z
  .object({
    category_name: shape.textOrNull,
    current_price: shape.numberOrNull,
    predicted_date: shape.dayOrNull,
    token_mcap: shape.numberOrNull,
    total_mcap: shape.numberOrNull,
    avg_past_performance: shape.numberOrNull,
    self_past_performance: shape.numberOrNull,
    price_prediction: shape.list(scenario),
  })
  .transform((raw) => ({
    categoryName: raw.category_name,
    currentPriceUsd: raw.current_price,
    predictedDate: raw.predicted_date,
    marketCapUsd: raw.token_mcap,
    totalMarketCapUsd: raw.total_mcap,
    peersPastPerformance: raw.avg_past_performance,
    ownPastPerformance: raw.self_past_performance,
    scenarios: raw.price_prediction,
  }))
  .nullable()
  .catch(null)
  .default(null);
