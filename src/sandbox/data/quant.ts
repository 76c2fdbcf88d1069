import type { Market } from './market.ts';
import type { Noise } from './noise.ts';
import { clamp, round2 } from './rounding.ts';
import type { Token } from './tokens.ts';

/** How a token's daily returns have behaved: fractions and ratios, never percent. */
export interface QuantFigures {
  readonly VOLATILITY: number | null;
  readonly ALL_TIME_RETURN: number | null;
  readonly CAGR: number | null;
  readonly SHARPE: number | null;
  readonly SORTINO: number | null;
  readonly MAX_DRAWDOWN: number | null;
  readonly SKEW: number | null;
  readonly TAIL_RATIO: number | null;
  readonly RISK_REWARD_RATIO: number | null;
  readonly PROFIT_FACTOR: number | null;
  readonly KURTOSIS: number | null;
  readonly DAILY_VALUE_AT_RISK: number | null;
  readonly DAILY_RETURN_AVG: number | null;
  readonly DAILY_RETURN_STD: number | null;
}

/** The figures of a token on a day. */
export type Quant = (token: Token, day: number) => QuantFigures;

// The vendor's published rows scale days to years with 252, though crypto trades on all 365.
const daysOfYear = 252;

/** Figures of every token; ratios follow from the average and the deviation, as in the vendor's rows. */
export function createQuant(noise: Noise, market: Market): Quant {
  const between = (kind: string, token: Token, low: number, high: number): number =>
    low + (high - low) * noise.at(kind, token.id, 0);
  const fraction = (value: number): number => Number(value.toFixed(9));

  return (token, day) => {
    const gained = market.holdingReturns(token, day);
    if (isUnmeasured(noise, token)) {
      return { ...nothing, ALL_TIME_RETURN: token.id % 2 === 0 ? null : round2(gained) };
    }
    // Small coins jump about more: 4 % a day for the greatest, twice as much for the smallest.
    const deviation =
      token.movesWith === 'usd'
        ? between('deviation', token, 0.001, 0.003)
        : 0.041 + 0.009 * Math.log(token.rank) + between('deviation', token, -0.004, 0.004);
    const average = deviation * between('drift', token, 0.02, 0.068);
    const sharpe = (average / deviation) * Math.sqrt(daysOfYear);
    const traded = Math.max(daysOfYear, day - token.firstDay + (token.rank <= 30 ? 3_200 : 0));
    return {
      VOLATILITY: round2(deviation * Math.sqrt(daysOfYear)),
      ALL_TIME_RETURN: round2(gained),
      CAGR: round2((1 + gained) ** (daysOfYear / traded) - 1),
      SHARPE: round2(sharpe),
      SORTINO: round2(sharpe * between('sortino', token, 1.35, 1.7)),
      MAX_DRAWDOWN: round2(
        -clamp(0.6 + deviation * 5 * between('drawdown', token, 0.8, 1.2), 0, 1),
      ),
      SKEW: round2(between('skew', token, -0.6, 2.4)),
      TAIL_RATIO: round2(between('tail', token, 0.85, 1.4)),
      RISK_REWARD_RATIO: fraction(between('reward', token, 0.2, 17)),
      PROFIT_FACTOR: round2(1 + sharpe / 4.5),
      KURTOSIS: round2(between('kurtosis', token, 3, 40)),
      DAILY_VALUE_AT_RISK: round2(average - 1.645 * deviation),
      DAILY_RETURN_AVG: fraction(average),
      DAILY_RETURN_STD: fraction(deviation),
    };
  };
}

/** Three in ten of the vendor's rows have figures for hardly anything. */
function isUnmeasured(noise: Noise, token: Token): boolean {
  return token.rank > 20 && noise.at('unmeasured', token.id, 0) < 0.36;
}

const nothing = {
  VOLATILITY: null,
  ALL_TIME_RETURN: null,
  CAGR: null,
  SHARPE: null,
  SORTINO: null,
  MAX_DRAWDOWN: null,
  SKEW: null,
  TAIL_RATIO: null,
  RISK_REWARD_RATIO: null,
  PROFIT_FACTOR: null,
  KURTOSIS: null,
  DAILY_VALUE_AT_RISK: null,
  DAILY_RETURN_AVG: null,
  DAILY_RETURN_STD: null,
} as const;
