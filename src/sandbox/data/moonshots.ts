import type { Noise } from './noise.ts';
import type { Token } from './tokens.ts';

/** A stretch of days during which the vendor thinks that a small token takes off. */
export interface Moonshot {
  readonly token: Token;
  readonly startDay: number;
  /** Null while it lasts. */
  readonly endDay: number | null;
}

/** Moonshots that have begun by a day, newest first. */
export type Moonshots = (day: number) => readonly Moonshot[];

const remembered = 4;
const shortestDays = 8;

/** Moonshots: every small token has one every few weeks. */
export function createMoonshots(noise: Noise, tokens: readonly Token[]): Moonshots {
  const candidates = tokens.filter((token) => token.rank > 45 && token.movesWith === token.id);
  return (day) =>
    candidates
      .flatMap((token) => {
        const period = 30 + Math.floor(45 * noise.at('moonshot period', token.id, 0));
        const last = Math.floor((day - token.id) / period);
        return Array.from({ length: remembered }, (_, back): Moonshot => {
          const startDay = token.id + (last - back) * period;
          const length =
            shortestDays + Math.floor(12 * noise.at('moonshot', token.id, last - back));
          return { token, startDay, endDay: startDay + length <= day ? startDay + length : null };
        });
      })
      .filter(({ token, startDay }) => startDay > token.firstDay)
      .sort((a, b) => b.startDay - a.startDay || a.token.id - b.token.id);
}
