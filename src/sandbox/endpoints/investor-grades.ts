import { isoDay } from '../data/day.ts';
import { percentChange } from '../data/rounding.ts';
import { nameColumnsOn } from '../names.ts';
import { investorMinimums, screen, sizes } from '../parameters.ts';
import { daily } from '../series.ts';
import type { TokenDay } from '../series.ts';
import type { World } from '../endpoint.ts';

/** Grades for investors; withdrawn by the vendor in August 2025. Dates have no time here. */
export const investorGrades = daily({
  path: '/v2/investor-grades',
  series: 'investor',
  parameters: { ...screen, ...sizes, ...investorMinimums },
  keeps: ({ token, day }, { numbers: { investorGrade } }, { data }) =>
    investorGrade === undefined || data.grades.investor(token, day) >= investorGrade,
  row: ({ token, day }, world) => {
    const { grades, scores } = world.data;
    return {
      ...nameColumnsOn(token, day),
      DATE: isoDay(day),
      TM_INVESTOR_GRADE: grades.investor(token, day),
      TM_INVESTOR_GRADE_7D_PCT_CHANGE: weekChange({ token, day }, world),
      FUNDAMENTAL_GRADE: grades.fundamental(token, day),
      TECHNOLOGY_GRADE: grades.technology(token, day),
      VALUATION_GRADE: grades.valuation(token, day),
      DEFI_USAGE_SCORE: scores('DEFI_USAGE_SCORE', token, day),
      COMMUNITY_SCORE: scores('COMMUNITY_SCORE', token, day),
      EXCHANGE_SCORE: scores('EXCHANGE_SCORE', token, day),
      VC_SCORE: scores('VC_SCORE', token, day),
      TOKENOMICS_SCORE: scores('TOKENOMICS_SCORE', token, day),
      DEFI_SCANNER_SCORE: scores('DEFI_SCANNER_SCORE', token, day),
      ACTIVITY_SCORE: scores('ACTIVITY_SCORE', token, day),
      SECURITY_SCORE: scores('SECURITY_SCORE', token, day),
      REPOSITORY_SCORE: scores('REPOSITORY_SCORE', token, day),
      COLLABORATION_SCORE: scores('COLLABORATION_SCORE', token, day),
    };
  },
});

function weekChange({ token, day }: TokenDay, { data }: World): number | null {
  const before = data.has('investor', token, day - 7) ? data.grades.investor(token, day - 7) : null;
  return percentChange(before, data.grades.investor(token, day));
}
