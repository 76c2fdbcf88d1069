import { dayMs, dayOf } from './day.ts';
import { indexTable } from './index-table.ts';
import type { Market } from './market.ts';
import type { Noise } from './noise.ts';
import { round2 } from './rounding.ts';
import { cells } from './tokens.ts';
import type { Token } from './tokens.ts';

/** A member of a basket and the share it was bought with. */
export interface Member {
  readonly token: Token;
  readonly share: number;
}

/** What the vendor calls an index: tokens bought on one day and held since. */
export interface Basket {
  readonly id: number;
  readonly ticker: string;
  readonly name: string;
  readonly kind: 'active' | 'passive';
  /** How the older endpoints call it. */
  readonly sector: string;
  /** Greatest share first. */
  readonly members: readonly Member[];
}

/** Every basket, and what has become of it. */
export interface Baskets {
  readonly all: readonly Basket[];
  /** What 1 USD has become. */
  worth(basket: Basket, ms: number): number;
  /** Gain of one member since it was bought, as a fraction. */
  gain(token: Token, ms: number): number;
  /** Shares of the present worth in percent, with two decimals; they add up to 100. */
  weights(basket: Basket, ms: number): readonly number[];
}

/** The first day of every basket. */
export const basketsFirstDay = dayOf(Date.UTC(2023, 0, 1));

/** Baskets over a market. */
export function createBaskets(noise: Noise, market: Market, tokens: readonly Token[]): Baskets {
  const bought = (token: Token): number => market.price(token, basketsFirstDay * dayMs);
  const grown = (token: Token, ms: number): number => market.price(token, ms) / bought(token);
  const worth = (basket: Basket, ms: number): number =>
    basket.members.reduce((sum, { token, share }) => sum + share * grown(token, ms), 0);

  return {
    all: cells(indexTable).map((row) => readBasket(row, noise, tokens)),
    worth,
    gain: (token, ms) => grown(token, ms) - 1,
    weights(basket, ms) {
      const whole = worth(basket, ms);
      const parts = basket.members.map(({ token, share }) =>
        round2(((share * grown(token, ms)) / whole) * 100),
      );
      // What rounding adds or takes away goes to the first, who is large enough to bear it.
      const [first = 0] = parts;
      const sum = parts.reduce((total, part) => total + part, 0);
      return [round2(first + 100 - sum), ...parts.slice(1)];
    },
  };
}

function readBasket(
  [
    id = '',
    ticker = '',
    name = '',
    kind = '',
    sector = '',
    category = '',
    size = '',
  ]: readonly string[],
  noise: Noise,
  tokens: readonly Token[],
): Basket {
  // Stable and wrapped coins would make a basket out of one coin.
  const members = tokens
    .filter((token) => token.movesWith === token.id && token.firstDay <= basketsFirstDay)
    .filter(
      ({ categories }) =>
        category === '*' || categories.some((each) => each.category_slug === category),
    )
    .slice(0, Number(size));
  const active = kind === 'active';
  const sizes = members.map((token) =>
    active ? 0.4 + noise.at('share', token.id, Number(id)) : Math.sqrt(token.baseMarketCap),
  );
  const whole = sizes.reduce((sum, each) => sum + each, 0);
  return {
    id: Number(id),
    ticker,
    name,
    kind: active ? 'active' : 'passive',
    sector,
    members: members
      .map((token, index) => ({ token, share: (sizes[index] ?? 0) / whole }))
      .sort((a, b) => b.share - a.share),
  };
}
