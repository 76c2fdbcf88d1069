import { dayMs, dayOf, isoDay } from './day.ts';
import type { Market } from './market.ts';
import type { Noise } from './noise.ts';
import type { Token } from './tokens.ts';

/** A price at which a token once turned; whether it resists or supports depends on today's price. */
export interface Level {
  readonly date: string;
  readonly level: number;
}

/** The levels found up to a day, oldest first. */
export type Levels = (token: Token, day: number) => readonly Level[];

// As dense as the vendor's: 76 levels of bitcoin and 48 of ether by the end of May 2025.
const known: Readonly<Record<number, { readonly from: number; readonly every: number }>> = {
  3375: { from: dayOf(Date.UTC(2017, 10, 5)), every: 36.5 },
  3306: { from: dayOf(Date.UTC(2017, 7, 9)), every: 60 },
};

/** Levels of every token: a price of its own history every few weeks. A level once found stays. */
export function createLevels(noise: Noise, market: Market): Levels {
  return (token, day) => {
    const { from, every } = known[token.id] ?? {
      from: token.firstDay,
      every: 28 + Math.floor(50 * noise.at('levels', token.id, 0)),
    };
    const levels: Level[] = [];
    for (let turn = 0; ; turn += 1) {
      const found = from + Math.floor(every * (turn + 0.8 * noise.at('turn', token.id, turn)));
      // A turn is only known for one when the price has left it.
      if (found > day - 4) return levels;
      levels.push({ date: isoDay(found), level: market.price(token, found * dayMs) });
    }
  };
}
