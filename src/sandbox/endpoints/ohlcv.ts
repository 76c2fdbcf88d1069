import { dayMs, dayOf, hourMs, isoInstant } from '../data/day.ts';
import { firstDayOfAll } from '../data/data-set.ts';
import type { Token } from '../data/tokens.ts';
import type { Row, RowsEndpoint, World } from '../endpoint.ts';
import { nameColumns } from '../names.ts';
import { dates, identity, paging } from '../parameters.ts';
import { selectTokens } from '../selection.ts';
import { inArbitraryOrder } from '../series.ts';

/** A candle a token and day; that of today ends now. */
export const dailyOhlcv = candles({
  path: '/v2/daily-ohlcv',
  stepMs: dayMs,
  row: (token, day, { data, nowMs }) => ({
    ...nameColumns(token),
    DATE: isoInstant(day * dayMs),
    ...data.candles.daily(token, day, nowMs),
  }),
});

/** A candle a token and hour, stamped with the hour it ends at. */
export const hourlyOhlcv = candles({
  path: '/v2/hourly-ohlcv',
  stepMs: hourMs,
  row: (token, hour, { data }) => ({
    ...nameColumns(token),
    TIMESTAMP: isoInstant(hour * hourMs),
    ...data.candles.hourly(token, hour),
  }),
});

interface CandlesEndpoint {
  readonly path: string;
  readonly stepMs: number;
  /** A step is a day or an hour, counted from 1970. */
  readonly row: (token: Token, step: number, world: World) => Row;
}

/** Newest first, tokens of a step in no particular order. */
function candles({ path, stepMs, row }: CandlesEndpoint): RowsEndpoint {
  const perDay = dayMs / stepMs;
  return {
    path,
    parameters: { ...identity, ...dates, ...paging },
    accepts: ({ numbers: { startDate } }, world) =>
      startDate === undefined || startDate >= earliestDay(world),
    *rows(query, world) {
      const { startDate = earliestDay(world), endDate = Infinity } = query.numbers;
      const tokens = inArbitraryOrder(selectTokens(query, world), world);
      const newest = Math.min((endDate + 1) * perDay - 1, Math.floor(world.nowMs / stepMs));
      for (let step = newest; step >= startDate * perDay; step -= 1) {
        for (const token of tokens) {
          if (step >= token.firstDay * perDay) yield () => row(token, step, world);
        }
      }
    },
  };
}

/** The first day that may be asked for, from which rows come when no start is given. */
function earliestDay({ nowMs, settings }: World): number {
  return Math.max(firstDayOfAll, dayOf(nowMs) - settings.candleDaysMax);
}
