import type { Noise } from './noise.ts';
import { clamp, round2 } from './rounding.ts';
import type { Token } from './tokens.ts';

/** Score columns, and how often the vendor has no figure for a token. */
const nullShare = {
  DEFI_USAGE_SCORE: 0.6,
  COMMUNITY_SCORE: 0,
  EXCHANGE_SCORE: 0,
  VC_SCORE: 0.9,
  TOKENOMICS_SCORE: 0.3,
  DEFI_SCANNER_SCORE: 0.2,
  ACTIVITY_SCORE: 0.4,
  SECURITY_SCORE: 0.2,
  REPOSITORY_SCORE: 0.4,
  COLLABORATION_SCORE: 0.5,
} as const;

/** A score column of the vendor's rows. */
export type ScoreName = keyof typeof nullShare;

/** Scores from 0 to 10 with two decimals, or null where the vendor has none. */
export type Scores = (name: ScoreName, token: Token, day: number) => number | null;

const waves = [{ period: 60, weight: 0.5 }];

/** Scores of every token on any day. */
export function createScores(noise: Noise): Scores {
  return (name, token, day) => {
    if (noise.at(`no ${name}`, token.id, 0) < nullShare[name]) return null;
    const level = noise.at(name, token.id, 0);
    // Listed on many exchanges, on some, on few: the vendor scores this one in steps.
    if (name === 'EXCHANGE_SCORE') return token.rank <= 100 ? 10 : 5 + 2.5 * Math.round(level);
    return round2(clamp(2.5 + 7.5 * level + noise.curve(name, token.id, day, waves), 0, 10));
  };
}
