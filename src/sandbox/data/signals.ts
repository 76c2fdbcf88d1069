import { dayMs } from './day.ts';
import type { Market } from './market.ts';
import type { Noise, Wave } from './noise.ts';
import { round4 } from './rounding.ts';
import type { Token } from './tokens.ts';

/** Buy and sell signals: an event on few days or hours, and the state they leave behind. */
export interface Signals {
  trend(token: Token, day: number): -1 | 1;
  /** 0 on a day that leaves the trend as it was. */
  signal(token: Token, day: number): -1 | 0 | 1;
  /** Gain of holding only while the trend is up, as a multiple: 0.5 is 50 %. */
  returns(token: Token, day: number): number;
  hourlyPosition(token: Token, hour: number): 0 | 1;
  hourlySignal(token: Token, hour: number): -1 | 0 | 1;
}

interface Turn {
  readonly day: number;
  readonly trend: -1 | 1;
  /** What 1 USD had become at the turn. */
  readonly worth: number;
}

const waves: readonly Wave[] = [
  { period: 31, weight: 0.6 },
  { period: 8, weight: 0.4 },
];

/** Signals of every token on any day and in any hour. */
export function createSignals(noise: Noise, market: Market): Signals {
  const turns = new Map<number, { turns: Turn[]; until: number }>();

  const trend = (token: Token, day: number): -1 | 1 =>
    noise.curve('trend', token.id, day, waves) < 0 ? -1 : 1;
  const signal = (token: Token, day: number): -1 | 0 | 1 => {
    const now = trend(token, day);
    return day <= token.firstDay || trend(token, day - 1) !== now ? now : 0;
  };
  const priceOf = (token: Token, day: number): number => market.price(token, day * dayMs);

  /** The turn a day follows. Turns found once are kept: only they make returns depend on the past. */
  const turnBefore = (token: Token, day: number): Turn => {
    const first = {
      day: token.firstDay,
      trend: trend(token, token.firstDay),
      worth: token.movesWith === 'usd' ? 1 : 1 + 2_000 * noise.at('start', token.id, 0) ** 8,
    };
    const known = turns.get(token.id) ?? { turns: [first], until: token.firstDay };
    turns.set(token.id, known);
    let last = known.turns.at(-1) ?? first;
    while (known.until < day) {
      known.until += 1;
      const now = trend(token, known.until);
      if (now === last.trend) continue;
      last = { day: known.until, trend: now, worth: worthOf(token, last, known.until) };
      known.turns.push(last);
    }
    return known.turns.findLast((turn) => turn.day <= day) ?? first;
  };
  const worthOf = (token: Token, turn: Turn, day: number): number =>
    turn.trend === 1 ? (turn.worth * priceOf(token, day)) / priceOf(token, turn.day) : turn.worth;

  const hourlyPosition = (token: Token, hour: number): 0 | 1 =>
    noise.curve('position', token.id, hour, waves) < 0 ? 0 : 1;

  return {
    trend,
    signal,
    returns: (token, day) => round4(worthOf(token, turnBefore(token, day), day) - 1),
    hourlyPosition,
    hourlySignal(token, hour) {
      const now = hourlyPosition(token, hour);
      if (hourlyPosition(token, hour - 1) === now) return 0;
      return now === 1 ? 1 : -1;
    },
  };
}
