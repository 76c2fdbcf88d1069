import type { Grades } from './grades.ts';
import type { Market } from './market.ts';
import type { Noise } from './noise.ts';
import type { Token } from './tokens.ts';

/** Figures of the whole market on a UTC day. */
export interface Totals {
  /** Whether the vendor has that day; a few are missing, none with a signal. */
  has(day: number): boolean;
  /** USD. */
  marketCap(day: number): number;
  /** How many of a hundred coins have a high grade. */
  highShare(day: number): number;
  /** The last signal that was not zero. */
  trend(day: number): -1 | 1;
  signal(day: number): -1 | 0 | 1;
}

const graded = 50;
const high = 60;
const waves = [{ period: 45, weight: 1 }];

/** Totals over all tokens. */
export function createTotals(parts: {
  readonly noise: Noise;
  readonly tokens: readonly Token[];
  readonly market: Market;
  readonly grades: Grades;
}): Totals {
  const { noise, tokens, market, grades } = parts;
  const caps = new Map<number, number>();
  const shares = new Map<number, number>();
  const once = (known: Map<number, number>, day: number, count: () => number): number => {
    const figure = known.get(day) ?? count();
    known.set(day, figure);
    return figure;
  };

  const trend = (day: number): -1 | 1 => (noise.curve('market', 0, day, waves) < 0 ? -1 : 1);
  const signal = (day: number): -1 | 0 | 1 => (trend(day) === trend(day - 1) ? 0 : trend(day));

  return {
    has: (day) => signal(day) !== 0 || noise.at('market day', 0, day) > 1 / 25,
    marketCap: (day) =>
      once(caps, day, () => {
        // The thousands of coins that the data set does not have make up an eighth.
        const sum = tokens.reduce((total, token) => total + market.marketCap(token, day), 0);
        return Number((sum * 1.125).toPrecision(8));
      }),
    highShare: (day) =>
      once(shares, day, () => {
        const coins = tokens.slice(0, graded).filter((token) => token.firstDay <= day);
        const count = coins.filter((token) => grades.tm(token, day) >= high).length;
        return Number(((count / Math.max(1, coins.length)) * 100).toPrecision(8));
      }),
    trend,
    signal,
  };
}
