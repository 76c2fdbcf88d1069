import { isoDay } from '../data/day.ts';
import { nameColumns } from '../names.ts';
import { screen, sizes } from '../parameters.ts';
import { today } from '../series.ts';

/** How returns have behaved: the latest figures only. */
export const quantmetrics = today({
  path: '/v2/quantmetrics',
  parameters: { ...screen, ...sizes },
  row: ({ token, day }, { data }) => ({
    ...nameColumns(token),
    DATE: isoDay(day),
    ...data.quant(token, day),
  }),
});
