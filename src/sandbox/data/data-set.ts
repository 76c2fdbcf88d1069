import { createBaskets } from './baskets.ts';
import type { Baskets } from './baskets.ts';
import { createCandles } from './candles.ts';
import type { Candles } from './candles.ts';
import { createCorrelations } from './correlations.ts';
import type { Correlations } from './correlations.ts';
import { dayOf } from './day.ts';
import { createGrades } from './grades.ts';
import type { Grades } from './grades.ts';
import { withInvented } from './invented-tokens.ts';
import { createInvestors } from './investors.ts';
import type { Investor } from './investors.ts';
import { createLevels } from './levels.ts';
import type { Levels } from './levels.ts';
import { createMarket } from './market.ts';
import type { Market } from './market.ts';
import { createMoods } from './moods.ts';
import type { Moods } from './moods.ts';
import { createMoonshots } from './moonshots.ts';
import type { Moonshots } from './moonshots.ts';
import { createNoise } from './noise.ts';
import type { Noise } from './noise.ts';
import { createQuant } from './quant.ts';
import type { Quant } from './quant.ts';
import { isLeftOut } from './recorded-btc-grades.ts';
import { createScores } from './scores.ts';
import type { Scores } from './scores.ts';
import { createSignals } from './signals.ts';
import type { Signals } from './signals.ts';
import { readTokens } from './tokens.ts';
import type { Token } from './tokens.ts';
import { createTotals } from './totals.ts';
import type { Totals } from './totals.ts';

/** A table of the vendor that has a row a token and day. */
export type Series = 'trader' | 'investor' | 'signals' | 'tm' | 'fundamental' | 'technology';

/** Everything the sandbox knows: a function of the seed alone, computed when asked. */
export interface DataSet {
  /** Greatest market cap first. */
  readonly tokens: readonly Token[];
  readonly market: Market;
  readonly grades: Grades;
  readonly signals: Signals;
  readonly scores: Scores;
  readonly candles: Candles;
  readonly quant: Quant;
  readonly levels: Levels;
  readonly correlations: Correlations;
  readonly totals: Totals;
  readonly baskets: Baskets;
  readonly moonshots: Moonshots;
  readonly moods: Moods;
  readonly investors: readonly Investor[];
  /** For figures that nothing else is made of. */
  readonly noise: Noise;
  tokenOf(id: number): Token | undefined;
  /** Whether the vendor has that row, whatever today is. */
  has(series: Series, token: Token, day: number): boolean;
  /** A token's place among others of the same date: arbitrary, and another for another salt. */
  place(token: Token, salt: number): number;
}

const bitcoin = 3375;

/** The first day of history. */
export const firstDayOfAll = dayOf(Date.UTC(2021, 0, 1));

/** A data set; equal seeds give equal data sets, and of more tokens they begin with the same. */
export function createDataSet(seed: string, tokensMin = 0): DataSet {
  const noise = createNoise(seed);
  const tokens = withInvented(readTokens(seed), { seed, count: tokensMin });
  const market = createMarket(noise);
  const signals = createSignals(noise, market);
  const grades = createGrades(noise);
  const byId = new Map(tokens.map((token) => [token.id, token]));
  return {
    tokens,
    market,
    grades,
    signals,
    scores: createScores(noise),
    candles: createCandles(market),
    quant: createQuant(noise, market),
    levels: createLevels(noise, market),
    correlations: createCorrelations(noise, tokens),
    totals: createTotals({ noise, tokens, market, grades }),
    baskets: createBaskets(noise, market, tokens),
    moonshots: createMoonshots(noise, tokens),
    moods: createMoods(noise),
    investors: createInvestors(noise),
    noise,
    tokenOf: (id) => byId.get(id),
    has(series, token, day) {
      if (day < token.firstDay) return false;
      if (series === 'trader' && token.id === bitcoin && isLeftOut(day)) return false;
      // Otherwise the ten greatest never skip a day; one day in 60 is missing from the others.
      if (token.rank <= 10 || noise.at(`has ${series}`, token.id, day) >= 1 / 60) return true;
      // A day with a signal is never skipped: the trend must stay the last signal that was published.
      return series === 'signals' && signals.signal(token, day) !== 0;
    },
    place: (token, salt) => noise.at('place', token.id, salt),
  };
}
