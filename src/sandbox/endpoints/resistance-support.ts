import { dayMs, isoInstant } from '../data/day.ts';
import { nameColumns } from '../names.ts';
import { list } from '../parameters.ts';
import { today } from '../series.ts';

/** Prices at which a token has turned, oldest first. A token too young for any has no row. */
export const resistanceSupport = today({
  path: '/v2/resistance-support',
  parameters: { token_id: list, symbol: list },
  keeps: ({ token, day }, _query, { data }) => data.levels(token, day).length > 0,
  row: ({ token, day }, { data }) => ({
    ...nameColumns(token),
    DATE: isoInstant(day * dayMs),
    HISTORICAL_RESISTANCE_SUPPORT_LEVELS: data.levels(token, day).map((level) => ({ ...level })),
  }),
});
