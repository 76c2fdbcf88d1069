import type { Noise, Wave } from './noise.ts';
import { recordedBtcGrades } from './recorded-btc-grades.ts';
import { clamp, round2 } from './rounding.ts';
import type { Token } from './tokens.ts';

const bitcoin = 3375;

/** Grades of a token on a day, 0 to 100 with two decimals; null where the vendor gives none. */
export interface Grades {
  ta(token: Token, day: number): number;
  quant(token: Token, day: number): number;
  trader(token: Token, day: number): number;
  fundamental(token: Token, day: number): number | null;
  technology(token: Token, day: number): number | null;
  valuation(token: Token, day: number): number;
  investor(token: Token, day: number): number;
  tm(token: Token, day: number): number;
}

// Periods in days: what looks at the chart moves daily, what looks at the project hardly moves.
const quick: readonly Wave[] = [
  { period: 45, weight: 46 },
  { period: 12, weight: 30 },
  { period: 2.5, weight: 12 },
];
const slow: readonly Wave[] = [
  { period: 120, weight: 16 },
  { period: 21, weight: 5 },
  { period: 3, weight: 1.5 },
];
const still: readonly Wave[] = [
  { period: 300, weight: 5 },
  { period: 7, weight: 0.6 },
];

/** Grades of every token on any day; Bitcoin's of 2021 and 2022 are the vendor's own. */
export function createGrades(noise: Noise): Grades {
  const recorded = (token: Token, day: number) =>
    token.id === bitcoin ? recordedBtcGrades(day) : undefined;
  const grade = (kind: string, token: Token, day: number, middle: number, waves: readonly Wave[]) =>
    round2(clamp(middle + noise.curve(kind, token.id, day, waves), 0, 100));
  const absent = (kind: string, token: Token): boolean =>
    token.rank > 10 && noise.at(`no ${kind}`, token.id, 0) < 0.1;
  // 90 for the greatest coin, about 35 for the smallest.
  const standing = (token: Token): number => clamp(91 - 12 * Math.log(token.rank), 35, 91);

  const ta = (token: Token, day: number): number =>
    recorded(token, day)?.ta ?? grade('ta', token, day, 52, quick);
  const quant = (token: Token, day: number): number =>
    recorded(token, day)?.quant ?? grade('quant', token, day, 52, slow);
  const trader = (token: Token, day: number): number =>
    round2(0.8 * ta(token, day) + 0.2 * quant(token, day));
  const fundamental = (token: Token, day: number): number | null =>
    absent('fundamental', token) ? null : grade('fundamental', token, day, standing(token), still);
  const technology = (token: Token, day: number): number | null =>
    absent('technology', token)
      ? null
      : grade('technology', token, day, 45 + 30 * noise.at('code', token.id, 0), still);
  const valuation = (token: Token, day: number): number => grade('value', token, day, 48, slow);

  return {
    ta,
    quant,
    trader,
    fundamental,
    technology,
    valuation,
    // The weights that the vendor's published rows obey, to the second decimal.
    investor: (token, day) =>
      round2(
        (5 * (fundamental(token, day) ?? 50) +
          4 * (technology(token, day) ?? 50) +
          4 * valuation(token, day)) /
          13,
      ),
    tm: (token, day) => round2(0.7 * trader(token, day) + 0.3 * (fundamental(token, day) ?? 50)),
  };
}
