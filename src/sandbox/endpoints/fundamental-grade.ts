import { dayMs, isoInstant } from '../data/day.ts';
import type { World } from '../endpoint.ts';
import { nameColumns, nameColumnsOn } from '../names.ts';
import { identity } from '../parameters.ts';
import { daily, latest } from '../series.ts';
import type { TokenDay } from '../series.ts';

/** The newest fundamental grade of each token. */
export const fundamentalGrade = latest({
  path: '/v2/fundamental-grade',
  series: 'fundamental',
  parameters: identity,
  row: (at, world) => ({ ...nameColumns(at.token), ...gradeColumns(at, world) }),
});

/** The same grade day by day. */
export const fundamentalGradeHistory = daily({
  path: '/v2/fundamental-grade-history',
  series: 'fundamental',
  parameters: identity,
  row: (at, world) => ({
    ...nameColumnsOn(at.token, at.day),
    DATE: isoInstant(at.day * dayMs),
    ...gradeColumns(at, world),
  }),
});

function gradeColumns({ token, day }: TokenDay, { data: { grades, scores } }: World) {
  const grade = grades.fundamental(token, day);
  return {
    FUNDAMENTAL_GRADE: grade,
    FUNDAMENTAL_GRADE_CLASS: grade === null ? null : classOf(grade),
    COMMUNITY_SCORE: scores('COMMUNITY_SCORE', token, day),
    EXCHANGE_SCORE: scores('EXCHANGE_SCORE', token, day),
    VC_SCORE: scores('VC_SCORE', token, day),
    TOKENOMICS_SCORE: scores('TOKENOMICS_SCORE', token, day),
    DEFI_SCANNER_SCORE: scores('DEFI_SCANNER_SCORE', token, day),
  };
}

function classOf(grade: number): string {
  if (grade >= 90) return 'storeOfValue';
  if (grade >= 80) return 'blueChip';
  if (grade >= 60) return 'emerging';
  return grade >= 40 ? 'speculative' : 'highRisk';
}
