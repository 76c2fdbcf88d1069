import { isoDay } from '../data/day.ts';
import { nameColumns, titleCase } from '../names.ts';
import { screen } from '../parameters.ts';
import { today } from '../series.ts';

/** What moves with a token and what against it. Partners have a name and no id. */
export const correlation = today({
  path: '/v2/correlation',
  parameters: screen,
  row: ({ token, day }, { data }) => ({
    ...nameColumns(token),
    // This table spells names its own way: Eos, Xrp.
    TOKEN_NAME: titleCase(token.name),
    DATE: isoDay(day),
    TOP_CORRELATION: data.correlations(token, day)?.map((partner) => ({ ...partner })) ?? null,
  }),
});
