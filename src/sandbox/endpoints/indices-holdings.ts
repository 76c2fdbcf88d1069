import type { Basket } from '../data/baskets.ts';
import { dayMs, dayOf, isoInstant } from '../data/day.ts';
import { round4 } from '../data/rounding.ts';
import type { Token } from '../data/tokens.ts';
import type { RowsEndpoint, World } from '../endpoint.ts';
import { iconOf } from '../icons.ts';
import { nameColumns } from '../names.ts';
import { oneId, paging } from '../parameters.ts';
import { traderGradeChange } from './trader-grades.ts';

/** What one index holds, greatest weight first. An index nobody knows holds nothing: 404. */
export const indicesHoldings: RowsEndpoint = {
  path: '/v2/indices-holdings',
  parameters: { id: oneId, ...paging },
  *rows({ numbers: { id } }, world) {
    const { market, grades } = world.data;
    const { nowMs } = world;
    const day = dayOf(nowMs);
    for (const { token, weight } of holdings(basketOf(id, world), world)) {
      yield () => ({
        ...nameColumns(token),
        COIN: token.name,
        CG_ID: token.slug,
        WEIGHT: weight,
        MARKET_CAP: Math.round(market.marketCap(token, day)),
        PRICE: market.price(token, nowMs),
        CURRENT_ROI: round4(world.data.baskets.gain(token, nowMs)),
        TRADER_GRADE: grades.trader(token, day),
        TRADER_GRADE_CHANGE_24H: traderGradeChange({ token, day }, world),
        ICON: iconOf(token, 'small'),
        DATE: isoInstant(day * dayMs),
      });
    }
  },
};

/** The index of that id. */
export function basketOf(id: number | undefined, { data }: World): Basket | undefined {
  return data.baskets.all.find((basket) => basket.id === id);
}

/** Tokens of an index with their weights in percent, greatest first. */
export function holdings(
  basket: Basket | undefined,
  { data, nowMs, missing }: World,
): readonly { readonly token: Token; readonly weight: number }[] {
  if (basket === undefined) return [];
  const weights = data.baskets.weights(basket, nowMs);
  return basket.members
    .map(({ token }, index) => ({ token, weight: weights[index] ?? 0 }))
    .filter(({ token }) => !missing.has(token.id))
    .sort((a, b) => b.weight - a.weight);
}
