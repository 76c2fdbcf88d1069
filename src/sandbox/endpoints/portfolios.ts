import { dayMs, dayOf, isoDay } from '../data/day.ts';
import type { Basket } from '../data/baskets.ts';
import type { RowsEndpoint, World } from '../endpoint.ts';
import { nameColumns, titleCase } from '../names.ts';
import { dates, paging } from '../parameters.ts';
import { sectorOf } from './indices-performance.ts';

/** What the trader's portfolio was made of week by week, oldest first; an old path. */
export const traderIndices: RowsEndpoint = {
  path: '/v2/trader-indices',
  parameters: { ...dates, ...paging },
  *rows({ numbers: { startDate = -Infinity, endDate = Infinity } }, world) {
    const fridays = datesUntil(Date.UTC(2022, 6, 1), world, (ms) => ms + 7 * dayMs);
    for (const day of fridays) {
      if (day >= startDate && day <= endDate) yield* portfolio('trader', day, world);
    }
  },
};

/** The investor's portfolio quarter by quarter, oldest first; an old path that reads no dates. */
export const investorIndices: RowsEndpoint = {
  path: '/v2/investor-indices',
  parameters: paging,
  *rows(_query, world) {
    const quarters = datesUntil(Date.UTC(2023, 0, 1), world, (ms) => {
      const date = new Date(ms);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 3, 1);
    });
    for (const day of quarters) yield* portfolio('investor', day, world);
  },
};

function* datesUntil(
  firstMs: number,
  { nowMs }: World,
  next: (ms: number) => number,
): Iterable<number> {
  for (let ms = firstMs; ms <= nowMs; ms = next(ms)) yield dayOf(ms);
}

function* portfolio(sector: Basket['sector'], day: number, world: World) {
  const { market, noise } = world.data;
  const members = (sectorOf(sector, world)?.members ?? []).filter(
    ({ token }) =>
      token.firstDay <= day &&
      !world.missing.has(token.id) &&
      noise.at(`in ${sector}`, token.id, day) < 0.7,
  );
  const whole = members.reduce((sum, { share }) => sum + share, 0);
  for (const { token, share } of members) {
    yield () => {
      const weight = Number((share / whole).toPrecision(10));
      const price = market.price(token, day * dayMs);
      return {
        PORTFOLIO_DATE: isoDay(day),
        ...nameColumns(token),
        // This table spells names its own way: Leo Token, Iexec Rlc.
        TOKEN_NAME: titleCase(token.name),
        INDEX_WEIGHT: weight,
        INITIAL_PRICE: price,
        AMOUNT_OF_TOKENS: Number(((10_000 * weight) / price).toPrecision(14)),
      };
    };
  }
}
