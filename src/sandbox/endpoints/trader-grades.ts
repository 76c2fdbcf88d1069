import { isoInstant, dayMs } from '../data/day.ts';
import { percentChange } from '../data/rounding.ts';
import type { World } from '../endpoint.ts';
import { nameColumnsOn } from '../names.ts';
import { screen, sizes, traderMinimums } from '../parameters.ts';
import { daily } from '../series.ts';
import type { TokenDay } from '../series.ts';

/** Grades for traders; withdrawn by the vendor in August 2025. */
export const traderGrades = daily({
  path: '/v2/trader-grades',
  series: 'trader',
  parameters: { ...screen, ...sizes, ...traderMinimums },
  keeps({ token, day }, { numbers }, world) {
    const { traderGrade, traderGradePercentChange } = numbers;
    if (traderGrade !== undefined && world.data.grades.trader(token, day) < traderGrade) {
      return false;
    }
    if (traderGradePercentChange === undefined) return true;
    const change = traderGradeChange({ token, day }, world);
    return change !== null && change >= traderGradePercentChange;
  },
  row: ({ token, day }, world) => ({
    ...nameColumnsOn(token, day),
    DATE: isoInstant(day * dayMs),
    TA_GRADE: world.data.grades.ta(token, day),
    QUANT_GRADE: world.data.grades.quant(token, day),
    TM_TRADER_GRADE: world.data.grades.trader(token, day),
    TM_TRADER_GRADE_24H_PCT_CHANGE: traderGradeChange({ token, day }, world),
  }),
});

/** Percent since the day before, or null when the day before has no row. */
export function traderGradeChange({ token, day }: TokenDay, { data }: World): number | null {
  const before = data.has('trader', token, day - 1) ? data.grades.trader(token, day - 1) : null;
  return percentChange(before, data.grades.trader(token, day));
}
