import type { Noise } from './noise.ts';
import { clamp, round2 } from './rounding.ts';

/** Where people talk. */
export type Forum = 'MARKET' | 'NEWS' | 'REDDIT' | 'TWITTER';

/** What the market feels in an hour. */
export interface Moods {
  /** 0 to 100. */
  grade(forum: Forum, hour: number): number;
  /** A kilobyte or two of talk; all of it is invented. */
  summary(forum: Forum, hour: number): string;
}

const waves = [
  { period: 400, weight: 22 },
  { period: 60, weight: 14 },
  { period: 7, weight: 8 },
];

const speakers: Readonly<Record<Forum, string>> = {
  MARKET: 'The market',
  NEWS: 'Reporters',
  REDDIT: 'Commenters',
  TWITTER: 'Posters',
};

const subjects = [
  'a delayed network upgrade',
  'the fees of the larger chains',
  'a listing that came sooner than announced',
  'what the next interest rate decision may bring',
  'the reserves behind the larger stablecoins',
  'a wallet that moved after years of silence',
  'the inflows of the exchange-traded funds',
  'a bridge that was paused as a precaution',
  'the share of supply that is staked',
  'a game whose token lost most of its players',
  'the draft of a new custody rule',
  'mining difficulty and what it costs small miners',
] as const;

const views = [
  'mostly expect it to be settled within days',
  'do not agree on what it means for prices',
  'take it for a sign that large holders are patient',
  'would rather wait for the close of the week',
  'point out that volumes were thin while it happened',
  'remember how a similar case ended a year ago',
  'call the first reaction exaggerated',
] as const;

/** Moods of any hour. */
export function createMoods(noise: Noise): Moods {
  return {
    grade: (forum, hour) => round2(clamp(51 + noise.curve(forum, 0, hour, waves), 0, 100)),
    summary(forum, hour) {
      const speaker = speakers[forum];
      const pick = (turn: number, of: number): number =>
        Math.floor(of * noise.at(`talk ${forum}`, hour, turn));
      const start = pick(0, subjects.length);
      const paragraphs = [0, 1, 2].map((paragraph) =>
        [0, 1, 2, 3]
          .map((sentence) => {
            const turn = paragraph * 4 + sentence;
            const subject = subjects[(start + turn) % subjects.length] ?? '';
            const view = views[pick(turn + 1, views.length)] ?? '';
            return `${speaker} who follow ${subject} ${view}.`;
          })
          .join(' '),
      );
      return paragraphs.join('\n\n');
    },
  };
}
