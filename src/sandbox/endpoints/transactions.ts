import { basketsFirstDay } from '../data/baskets.ts';
import type { Basket } from '../data/baskets.ts';
import { dayMs, dayOf, isoInstant } from '../data/day.ts';
import type { Row, RowsEndpoint, World } from '../endpoint.ts';
import { iconsOf } from '../icons.ts';
import { nameColumns } from '../names.ts';
import { paging, portfolioType, requiredText } from '../parameters.ts';
import { sectorOf } from './indices-performance.ts';

/** What the trader's or the investor's portfolio bought and sold, newest first; an old path. */
export const indexTransactions: RowsEndpoint = {
  path: '/v2/indices-index-transaction',
  parameters: { type: portfolioType, ...paging },
  rows: ({ choices }, world) => transactions(sectorOf(choices['type'], world), world, () => ({})),
};

/** The same of one index by its name, which each row repeats. */
export const sectorTransactions: RowsEndpoint = {
  path: '/v2/indices-index-specific-index-transaction',
  parameters: { indexName: requiredText, ...paging },
  rows: ({ texts }, world) =>
    transactions(sectorOf(texts['indexName'], world), world, ({ name }) => ({ SECTOR: name })),
};

const everyDays = 7;

function* transactions(
  basket: Basket | undefined,
  world: World,
  sector: (basket: Basket) => Row,
): Iterable<() => Row> {
  if (basket === undefined) return;
  const { noise, market } = world.data;
  const total = Math.floor((dayOf(world.nowMs) - basketsFirstDay) / everyDays);
  for (let turn = total; turn > 0; turn -= 1) {
    const day = basketsFirstDay + turn * everyDays;
    const chance = noise.at('transaction', basket.id, turn);
    const token = basket.members[Math.floor(chance * basket.members.length)]?.token;
    if (token === undefined || world.missing.has(token.id)) continue;
    yield () => {
      const percent = Number((12 * noise.at('size', basket.id, turn)).toPrecision(10));
      // Of a portfolio of 100 USD.
      const dollars = Number((percent * 0.9).toPrecision(10));
      return {
        DATE: isoInstant(day * dayMs),
        ...nameColumns(token),
        ICON: iconsOf(token),
        ACTION: noise.at('action', basket.id, turn) < 0.5 ? 'Decrease' : 'Increase',
        TRANSACTION_SIZE_IN_PCT: percent,
        TRANSACTION_SIZE_IN_USD: dollars,
        TRANSACTION_SIZE_IN_TOKENS: Number(
          (dollars / market.price(token, day * dayMs)).toPrecision(11),
        ),
        ...sector(basket),
        TIMESTAMP: isoInstant(day * dayMs),
        TOTAL_COUNT: total,
      };
    };
  }
}
