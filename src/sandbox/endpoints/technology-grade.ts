import { dayMs, isoInstant } from '../data/day.ts';
import type { Row, World } from '../endpoint.ts';
import { nameColumns, titleCase } from '../names.ts';
import { dates, identity } from '../parameters.ts';
import { daily, latest } from '../series.ts';
import type { TokenDay } from '../series.ts';

/** The newest technology grade of each token. Dates are accepted, though the rows are the latest. */
export const technologyGrade = latest({
  path: '/v2/technology-grade',
  series: 'technology',
  parameters: { ...identity, ...dates },
  row: technologyRow,
});

/** The same grade day by day. */
export const technologyGradeHistory = daily({
  path: '/v2/technology-grade-history',
  series: 'technology',
  parameters: identity,
  row: technologyRow,
});

function technologyRow({ token, day }: TokenDay, { data: { grades, scores } }: World): Row {
  return {
    ...nameColumns(token),
    // This table spells names its own way to this day: Xrp, Bnb.
    TOKEN_NAME: titleCase(token.name),
    DATE: isoInstant(day * dayMs),
    TECHNOLOGY_GRADE: grades.technology(token, day),
    ACTIVITY_SCORE: scores('ACTIVITY_SCORE', token, day),
    SECURITY_SCORE: scores('SECURITY_SCORE', token, day),
    REPOSITORY_SCORE: scores('REPOSITORY_SCORE', token, day),
    COLLABORATION_SCORE: scores('COLLABORATION_SCORE', token, day),
    DEFI_SCANNER_SCORE: scores('DEFI_SCANNER_SCORE', token, day),
  };
}
