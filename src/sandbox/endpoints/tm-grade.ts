import { dayMs, isoInstant } from '../data/day.ts';
import { percentChange } from '../data/rounding.ts';
import type { World } from '../endpoint.ts';
import { nameColumns, nameColumnsOn } from '../names.ts';
import { identity } from '../parameters.ts';
import { daily, latest } from '../series.ts';
import type { TokenDay } from '../series.ts';
import { traderGradeChange } from './trader-grades.ts';

/** The newest grade of each token. */
export const tmGrade = latest({
  path: '/v2/tm-grade',
  series: 'tm',
  parameters: identity,
  row: (at, world) => ({ ...nameColumns(at.token), ...gradeColumns(at, world) }),
});

/** The same grade day by day. */
export const tmGradeHistory = daily({
  path: '/v2/tm-grade-history',
  series: 'tm',
  parameters: identity,
  row: (at, world) => ({
    ...nameColumnsOn(at.token, at.day),
    DATE: isoInstant(at.day * dayMs),
    ...gradeColumns(at, world),
    TRADING_SIGNAL: world.data.signals.signal(at.token, at.day),
  }),
});

function gradeColumns({ token, day }: TokenDay, world: World) {
  const { data } = world;
  const { grades } = data;
  const grade = grades.tm(token, day);
  const before = data.has('tm', token, day - 1) ? grades.tm(token, day - 1) : null;
  return {
    TM_GRADE: grade,
    TM_GRADE_SIGNAL: wordFor(grade, verdicts),
    TM_GRADE_24h_PCT_CHANGE: percentChange(before, grade),
    TM_TRADER_GRADE_24H_CHANGE: traderGradeChange({ token, day }, world),
    QUANT_GRADE: grades.quant(token, day),
    MOMENTUM: wordFor(grade, momenta),
  };
}

const verdicts = [
  [80, 'Strong Buy'],
  [60, 'Buy'],
  [40, 'Neutral'],
  [20, 'Sell'],
  [-1, 'Strong Sell'],
] as const;

// 80.01 is surging, 80 is gaining: the vendor counts these bins from 81.
const momenta = [
  [80.01, 'Momentum Surging'],
  [60.01, 'Gaining Momentum'],
  [40.01, 'Holding Steady'],
  [20.01, 'Losing Momentum'],
  [-1, 'Momentum Crashing'],
] as const;

function wordFor(grade: number, bins: readonly (readonly [number, string])[]): string {
  return bins.find(([from]) => grade >= from)?.[1] ?? '';
}
