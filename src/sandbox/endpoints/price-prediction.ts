import { isoDay } from '../data/day.ts';
import { round4 } from '../data/rounding.ts';
import type { Row, World } from '../endpoint.ts';
import { nameColumns } from '../names.ts';
import { list } from '../parameters.ts';
import { today } from '../series.ts';
import type { TokenDay } from '../series.ts';

/** What a token may be worth. Nothing is predicted of what is worth a dollar by design. */
export const pricePrediction = today({
  path: '/v2/price-prediction',
  parameters: { token_id: list, symbol: list },
  keeps: ({ token }) => token.movesWith !== 'usd',
  row: (at, world) =>
    world.settings.pricePrediction === 'scenarios'
      ? scenarioRow(at, world)
      : forecastRow(at, world),
});

// Market caps of all crypto that the scenarios assume, in trillion USD.
const scenarios = [2, 4, 6, 8, 10, 12, 16];
const cases = { base: 1, bear: 0.78, moon: 1.26 };

function scenarioRow({ token, day }: TokenDay, { data, nowMs }: World): Row {
  const { market, totals, noise } = data;
  const price = market.price(token, nowMs);
  const supply = token.baseMarketCap / token.basePrice;
  const total = totals.marketCap(day);
  const dilution = market.fullyDilutedValuation(token, day) / market.marketCap(token, day);
  const past = (kind: string): number => round4(-0.5 + 2.5 * noise.at(kind, token.id, 0) ** 2);

  const predictionOf = (trillions: number): Row => {
    const mcap = trillions * 1e12;
    // Small coins move more than the market, and some less.
    const followed = (mcap / total) ** (0.85 + 0.4 * noise.at('follows', token.id, 0));
    const figures = (name: string, of: (predicted: number) => number) =>
      Object.fromEntries(
        Object.entries(cases).map(([each, factor]) => [
          `predicted_${name}_${each}`,
          of(price * followed * factor),
        ]),
      );
    return {
      scenario: trillions,
      ...figures('fdv', (predicted) => predicted * supply * dilution),
      ...figures('roi', (predicted) => round4(predicted / price - 1)),
      ...figures('mcap', (predicted) => predicted * supply),
      total_mcap_scenario: mcap,
      ...figures('price', (predicted) => predicted),
    };
  };

  return {
    ...nameColumns(token),
    DATE: isoDay(day),
    PRICE_PREDICTION: {
      token_mcap: price * supply,
      total_mcap: total,
      category_name: token.categories[0]?.category_name ?? '',
      current_price: price,
      predicted_date: isoDay(day + 730),
      similar_tokens_info: [],
      avg_past_performance: past('similar past'),
      self_past_performance: past('own past'),
      price_prediction: scenarios.map(predictionOf),
    },
  };
}

/** The row of before August 2025, which has no symbol. */
function forecastRow({ token, day }: TokenDay, { data, nowMs }: World): Row {
  const price = data.market.price(token, nowMs);
  const drift = 0.03 * (data.noise.at('forecast', token.id, day) - 0.5);
  const forecasts = [1, 2, 3, 4, 5, 6, 7].map((days) => {
    const forecast = price * (1 + drift * days);
    const width = 0.09 * Math.sqrt(days) * forecast;
    const bounds = { forecast_lower: forecast - width, forecast_upper: forecast + width };
    return [`${days}-day-forecast`, { forecast, ...bounds }] as const;
  });
  return {
    TOKEN_ID: token.id,
    TOKEN_NAME: token.name,
    DATE: isoDay(day),
    FORECASTS_FOR_NEXT_7_DAYS: Object.fromEntries(forecasts),
    PREDICTED_RETURNS_7D: round4(drift * 7),
  };
}
