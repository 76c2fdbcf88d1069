import { dayMs, isoInstant } from '../data/day.ts';
import { round4 } from '../data/rounding.ts';
import type { Row, World } from '../endpoint.ts';
import { nameColumnsOn } from '../names.ts';
import { screen, sizes } from '../parameters.ts';
import { daily, isPublished } from '../series.ts';
import type { TokenDay } from '../series.ts';

// Small tokens of which the vendor knows the signals and none of the returns.
const withoutReturns = new Set([936, 10490, 30483, 45276]);

/** Buy and sell signals with the state they leave a token in. */
export const tradingSignals = daily({
  path: '/v2/trading-signals',
  series: 'signals',
  parameters: { ...screen, ...sizes, signal: { kind: 'choice', of: ['1', '-1', '0'] } },
  keeps: ({ token, day }, { choices: { signal } }, { data }) =>
    signal === undefined || data.signals.signal(token, day) === Number(signal),
  row: signalRow,
});

function signalRow(at: TokenDay, world: World): Row {
  const { token, day } = at;
  const { signals, market, grades } = world.data;
  const hasReturns = !withoutReturns.has(token.id);
  return {
    ...nameColumnsOn(token, day),
    DATE: isoInstant(day * dayMs),
    TRADING_SIGNAL: signals.signal(token, day),
    TOKEN_TREND: signals.trend(token, day),
    TRADING_SIGNALS_RETURNS: hasReturns ? signals.returns(token, day) : null,
    HOLDING_RETURNS: hasReturns ? round4(market.holdingReturns(token, day)) : null,
    tm_link: token.slug,
    TM_TRADER_GRADE: isPublished('trader', at, world) ? grades.trader(token, day) : null,
    TM_INVESTOR_GRADE: isPublished('investor', at, world) ? grades.investor(token, day) : null,
    // The vendor's own mistake, in every row since 2025: the slug is in tm_link.
    TM_LINK: 'https://app.tokenmetrics.com/undefined',
  };
}
