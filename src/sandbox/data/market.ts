import { dayMs } from './day.ts';
import type { Noise, Wave } from './noise.ts';
import { roundPrice } from './rounding.ts';
import type { Token } from './tokens.ts';

/** What a token was worth, in USD. */
export interface Market {
  /** A step every five minutes, as often as the vendor refreshes its prices. */
  price(token: Token, ms: number): number;
  /** Figures of a UTC day, taken at its beginning. */
  marketCap(token: Token, day: number): number;
  volume(token: Token, day: number): number;
  fullyDilutedValuation(token: Token, day: number): number;
  /** What 1 USD of the token's inception price has gained by then: 0.5 is 50 %. */
  holdingReturns(token: Token, day: number): number;
}

const stepMs = 300_000;

// Periods in days. Bull markets come and go in years, the last two make minutes differ.
const waves: readonly Wave[] = [
  { period: 700, weight: 0.26 },
  { period: 160, weight: 0.2 },
  { period: 40, weight: 0.12 },
  { period: 9, weight: 0.07 },
  { period: 2, weight: 0.03 },
  { period: 0.3, weight: 0.008 },
  { period: 0.02, weight: 0.0015 },
];

const stableWaves: readonly Wave[] = [{ period: 0.7, weight: 0.0009 }];

/** Prices and sizes of every token at any time. */
export function createMarket(noise: Noise): Market {
  const level = (token: Token, ms: number): number => {
    const days = (Math.floor(ms / stepMs) * stepMs) / dayMs;
    return token.movesWith === 'usd'
      ? Math.exp(noise.curve('peg', token.id, days, stableWaves))
      : Math.exp(noise.curve('price', token.movesWith, days, waves));
  };
  const marketCap = (token: Token, day: number): number =>
    token.baseMarketCap * level(token, day * dayMs);

  // Great old coins have gained thousands of times their first price, small ones may have lost.
  const gained = (token: Token): number => {
    if (token.movesWith === 'usd') return 1;
    return token.rank === 1 ? 9000 : 0.4 + 4000 * noise.at('age', token.id, 0) ** 6;
  };

  return {
    price: (token, ms) => roundPrice(token.basePrice * level(token, ms)),
    marketCap,
    volume: (token, day) =>
      marketCap(token, day) * (0.02 + 0.1 * noise.at('turnover', token.id, day)),
    fullyDilutedValuation: (token, day) =>
      marketCap(token, day) * (1 + noise.at('dilution', token.id, 0)),
    holdingReturns(token, day) {
      return gained(token) * level(token, day * dayMs) - 1;
    },
  };
}
