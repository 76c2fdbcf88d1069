import { isoDay } from '../data/day.ts';
import { nameColumns } from '../names.ts';
import { list } from '../parameters.ts';
import { today } from '../series.ts';

// Market caps of all crypto in trillion USD, and how far dominance moves from where it is.
const caps = [0.5, 1, 2, 3, 5, 10];
const moves = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

/** What a share of a market cap would make of a price; withdrawn by the vendor in August 2025. */
export const scenarioAnalysis = today({
  path: '/v2/scenario-analysis',
  parameters: { token_id: list, symbol: list },
  row({ token, day }, { data: { market, totals } }) {
    const supply = token.baseMarketCap / token.basePrice;
    const dominance = market.marketCap(token, day) / totals.marketCap(day);
    const grid = caps.flatMap((trillions) =>
      moves.map((move) => {
        // Twice a dominance of 60 % is 84 %: what is left shrinks, and never reaches nothing.
        const share = 1 - (1 - dominance) ** move;
        return {
          token_dominance: share,
          price_prediction: (share * trillions * 1e12) / supply,
          crypto_market_cap_trillion: trillions,
        };
      }),
    );
    const SCENARIO_ANALYSIS = token.movesWith === 'usd' ? null : grid;
    return { ...nameColumns(token), DATE: isoDay(day), SCENARIO_ANALYSIS };
  },
});
