import type { Basket } from '../data/baskets.ts';
import { dayMs, dayOf } from '../data/day.ts';
import { round2 } from '../data/rounding.ts';
import type { Row, RowsEndpoint, World } from '../endpoint.ts';
import { iconsOf } from '../icons.ts';
import { paging } from '../parameters.ts';

/** Every index with its figures of the moment. */
export const indices: RowsEndpoint = {
  path: '/v2/indices',
  parameters: { indicesType: { kind: 'choice', of: ['active', 'passive'] }, ...paging },
  *rows({ choices: { indicesType } }, world) {
    for (const basket of world.data.baskets.all) {
      if (indicesType !== undefined && basket.kind !== indicesType) continue;
      yield () => indexRow(basket, world);
    }
  },
};

function indexRow(basket: Basket, { data, nowMs }: World): Row {
  const { baskets, market, grades } = data;
  const day = dayOf(nowMs);
  const worth = baskets.worth(basket, nowMs);
  const changeOver = (days: number): number =>
    round2((worth / baskets.worth(basket, nowMs - days * dayMs) - 1) * 100);
  const weights = baskets.weights(basket, nowMs);
  const grade = basket.members.reduce(
    (sum, { token }, index) => sum + ((weights[index] ?? 0) / 100) * grades.tm(token, day),
    0,
  );
  const tokens = basket.members.map(({ token }) => token);
  const sumOf = (figure: (token: (typeof tokens)[number]) => number): number =>
    Math.round(tokens.reduce((sum, token) => sum + figure(token), 0));
  const gainers = tokens
    .map((token) => ({
      token,
      gain: market.price(token, nowMs) / market.price(token, nowMs - dayMs),
    }))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, 3);

  return {
    ID: basket.id,
    NAME: basket.name,
    TICKER: basket.ticker,
    PRICE: Number(worth.toFixed(6)),
    COINS: tokens.length,
    '24H': changeOver(1),
    '7D': changeOver(7),
    '1M': changeOver(30),
    '24H_VOLUME': sumOf((token) => market.volume(token, day)),
    INDEX_GRADE: round2(grade),
    ALL_TIME: round2((worth - 1) * 100),
    MARKET_CAP: sumOf((token) => market.marketCap(token, day)),
    TOP_GAINERS_ICONS: Object.fromEntries(
      gainers.map(({ token }) => [String(token.id), { name: token.name, ...iconsOf(token) }]),
    ),
  };
}
