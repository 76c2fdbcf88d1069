import { basketsFirstDay } from '../data/baskets.ts';
import type { Basket } from '../data/baskets.ts';
import { dayMs, dayOf, isoInstant } from '../data/day.ts';
import type { Token } from '../data/tokens.ts';
import type { Row, RowsEndpoint, World } from '../endpoint.ts';
import { dates, oneId, paging, requiredDates, requiredText } from '../parameters.ts';
import type { Query } from '../query.ts';
import { basketOf } from './indices-holdings.ts';

/** What one index has gained day by day. Unlike all other series it begins with the oldest day. */
export const indicesPerformance: RowsEndpoint = {
  path: '/v2/indices-performance',
  parameters: { id: oneId, ...dates, ...paging },
  *rows(query, world) {
    const basket = basketOf(query.numbers['id'], world);
    if (basket === undefined) return;
    for (const day of daysOf(query, world)) {
      yield () => ({ ID: basket.id, ...performance(basket, day, world) });
    }
  },
};

/** The same of an index that is asked for by name; an older path, whose rows have no id. */
export const sectorPerformance: RowsEndpoint = {
  path: '/v2/indices-index-specific-performance',
  parameters: { indexName: requiredText, ...requiredDates, ...paging },
  *rows(query, world) {
    const basket = sectorOf(query.texts['indexName'], world);
    if (basket === undefined) return;
    for (const day of daysOf(query, world)) yield () => performance(basket, day, world);
  },
};

/** The index that older paths call by that name. */
export function sectorOf(name: string | undefined, { data }: World): Basket | undefined {
  return data.baskets.all.find((basket) => basket.sector === name?.toLowerCase());
}

function* daysOf({ numbers }: Query, { nowMs }: World): Iterable<number> {
  const { startDate = basketsFirstDay, endDate = Infinity } = numbers;
  const newest = Math.min(endDate, dayOf(nowMs));
  for (let day = Math.max(startDate, basketsFirstDay); day <= newest; day += 1) yield day;
}

function performance(basket: Basket, day: number, { data }: World): Row {
  const { market, baskets } = data;
  const worth = baskets.worth(basket, day * dayMs);
  // Imagined as a fund of this many USD, of which each member has its share.
  const invested = 4_000_000 * worth;
  const partOf = (figure: (token: Token) => number): number =>
    basket.members.reduce(
      (sum, { token, share }) =>
        sum + (invested * share * figure(token)) / market.marketCap(token, day),
      0,
    );
  return {
    DATE: isoInstant(day * dayMs),
    INDEX_CUMULATIVE_ROI: Number((worth - 1).toFixed(10)),
    MARKET_CAP: invested,
    VOLUME: partOf((token) => market.volume(token, day)),
    FDV: partOf((token) => market.fullyDilutedValuation(token, day)),
  };
}
