import { dayMs, dayOf, isoInstant } from '../data/day.ts';
import type { Moonshot } from '../data/moonshots.ts';
import { round2 } from '../data/rounding.ts';
import type { Row, RowsEndpoint, World } from '../endpoint.ts';
import { nameColumns } from '../names.ts';
import { paging } from '../parameters.ts';
import type { Query } from '../query.ts';
import { traderGradeChange } from './trader-grades.ts';

/** Small tokens on the rise, or those that were. Rows have no id, and most of their numbers are text. */
export const moonshotTokens: RowsEndpoint = {
  path: '/v2/moonshot-tokens',
  parameters: { type: { kind: 'choice', of: ['active', 'past'] }, ...paging },
  *rows(query, world) {
    for (const moonshot of selectMoonshots(query, world)) {
      yield () => moonshotRow(moonshot, world);
    }
  },
};

/** The same with the ids of the tokens, and in an order of choice: what generation 3 is made of. */
export const moonshotsOfTokens: RowsEndpoint = {
  path: moonshotTokens.path,
  parameters: {
    ...moonshotTokens.parameters,
    sort_by: { kind: 'choice', of: ['moonshot_at', 'roi_pct', 'tm_grade', 'market_cap_usd'] },
  },
  *rows(query, world) {
    const { sort_by: by = 'moonshot_at' } = query.choices;
    const sorted = selectMoonshots(query, world)
      .map((moonshot) => ({ moonshot, figure: figureOf(moonshot, by, world) }))
      .sort((a, b) => b.figure - a.figure);
    for (const { moonshot } of sorted) {
      yield () => ({ ...nameColumns(moonshot.token), ...moonshotRow(moonshot, world) });
    }
  },
};

function figureOf(moonshot: Moonshot, by: string, world: World): number {
  const { market, grades } = world.data;
  const day = dayOf(world.nowMs);
  if (by === 'roi_pct') return moonshotGain(moonshot, world);
  if (by === 'tm_grade') return grades.tm(moonshot.token, day);
  return by === 'market_cap_usd' ? market.marketCap(moonshot.token, day) : moonshot.startDay;
}

/** The moonshots a query asks for, newest first. */
function selectMoonshots({ choices }: Query, world: World): readonly Moonshot[] {
  const { type = 'active' } = choices;
  return world.data.moonshots(dayOf(world.nowMs)).filter(({ token, endDay }) => {
    return (endDay === null) === (type === 'active') && !world.missing.has(token.id);
  });
}

/** Gain in percent from the beginning to the end, or to this moment. */
function moonshotGain({ token, startDay, endDay }: Moonshot, { data, nowMs }: World): number {
  const { market } = data;
  const end = market.price(token, endDay === null ? nowMs : endDay * dayMs);
  return round2((end / market.price(token, startDay * dayMs) - 1) * 100);
}

/** One row; dates are text, and so is what is counted. */
function moonshotRow(moonshot: Moonshot, world: World): Row {
  const { token, startDay, endDay } = moonshot;
  const { market, grades } = world.data;
  const day = dayOf(world.nowMs);
  const weekBefore = market.price(token, world.nowMs - 7 * dayMs);
  const week = (market.price(token, world.nowMs) / weekBefore - 1) * 100;
  return {
    LAST_TRADING_SIGNAL_TIME: isoInstant(lastSignalDay(moonshot, world) * dayMs),
    TM_TRADER_GRADE: String(grades.trader(token, day)),
    TM_TRADER_GRADE_24H_PCT_CHANGE: String(traderGradeChange({ token, day }, world) ?? 0),
    PRICE_CHANGE_PERCENTAGE_7D_IN_CURRENCY: String(round2(week)),
    MARKET_CAP: String(Math.round(market.marketCap(token, day))),
    VOLUME_24H: String(Math.round(market.volume(token, day))),
    MOONSHOT_END_AT: endDay === null ? null : isoInstant(endDay * dayMs),
    MOONSHOT_AT: isoInstant(startDay * dayMs),
    MOONSHOT_ROI: moonshotGain(moonshot, world),
    TOKEN_NAME: token.name,
    TOKEN_SYMBOL: token.symbol,
  };
}

function lastSignalDay({ token }: Moonshot, { data: { signals }, nowMs }: World): number {
  let day = dayOf(nowMs);
  // The first day of a token always has a signal.
  while (day > token.firstDay && signals.signal(token, day) === 0) day -= 1;
  return day;
}
