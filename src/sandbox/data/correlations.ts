import { titleCase } from '../names.ts';
import type { Noise } from './noise.ts';
import type { Token } from './tokens.ts';

/** How closely a token moves with another, which the vendor names and does not number. */
export interface Correlation {
  readonly correlation: number;
  readonly token: string;
}

/** The ten partners closest to a token and the ten farthest from it, in no order; null for some. */
export type Correlations = (token: Token, day: number) => readonly Correlation[] | null;

/** Coins the vendor ranks among the hundred greatest that are no tokens of this data set. */
const strangers = [
  'Fantom',
  'Synthetix Network',
  'Klaytn',
  'Rollbit Coin',
  'Casper Network',
  'Tokenize Xchange',
  'Rocket Pool Eth',
  'Cheelee',
];

const waves = [{ period: 90, weight: 1 }];
const axes = [0, 1, 2, 3];

/** Correlations of every token. Each has a direction, and two correlate as their directions agree. */
export function createCorrelations(noise: Noise, tokens: readonly Token[]): Correlations {
  const directionOf = (token: Token, day: number): readonly number[] => {
    const leader = token.movesWith === 'usd' ? token.id : token.movesWith;
    // A wrapped coin moves with its coin, almost.
    const own = leader === token.id ? 0 : 0.08;
    return direction(
      (axis) =>
        noise.curve(`direction ${axis}`, leader, day, waves) +
        own * noise.curve(`direction ${axis}`, token.id, day, waves),
    );
  };
  const strangerDirection = (index: number, day: number): readonly number[] =>
    direction((axis) => noise.curve(`stranger ${axis}`, index, day, waves));

  const partners = tokens.slice(0, 100 - strangers.length);
  let known: { day: number; partners: readonly (readonly [string, number, readonly number[]])[] } =
    { day: NaN, partners: [] };
  const partnersOn = (day: number) => {
    if (known.day !== day) {
      known = {
        day,
        partners: [
          ...partners.map(
            (token) => [titleCase(token.name), token.id, directionOf(token, day)] as const,
          ),
          ...strangers.map((name, index) => [name, -1, strangerDirection(index, day)] as const),
        ],
      };
    }
    return known.partners;
  };

  return (token, day) => {
    if (token.rank > 30 && noise.at('uncorrelated', token.id, 0) < 0.35) return null;
    const own = directionOf(token, day);
    const all = partnersOn(day)
      .filter(([, id]) => id !== token.id)
      .map(([name, , other]) => ({ correlation: agreement(own, other), token: name }))
      .sort((a, b) => b.correlation - a.correlation);
    return [...all.slice(0, 10), ...all.slice(-10)]
      .map((partner, index) => ({ partner, place: noise.at('partner', token.id, index) }))
      .sort((a, b) => a.place - b.place)
      .map(({ partner }) => partner);
  };
}

/** A vector of length one. */
function direction(along: (axis: number) => number): readonly number[] {
  const vector = axes.map(along);
  const length = Math.hypot(...vector) || 1;
  return vector.map((part) => part / length);
}

function agreement(a: readonly number[], b: readonly number[]): number {
  const sum = axes.reduce((total, axis) => total + (a[axis] ?? 0) * (b[axis] ?? 0), 0);
  return Math.round(sum * 1000) / 1000 + 0;
}
