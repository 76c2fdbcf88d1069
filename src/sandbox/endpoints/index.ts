import type { Endpoint } from '../endpoint.ts';
import { fundamentalGrade, fundamentalGradeHistory } from './fundamental-grade.ts';
import { hourlyTradingSignals } from './hourly-trading-signals.ts';
import { investorGrades } from './investor-grades.ts';
import { price } from './price.ts';
import { technologyGrade, technologyGradeHistory } from './technology-grade.ts';
import { tmGrade, tmGradeHistory } from './tm-grade.ts';
import { tokens } from './tokens.ts';
import { topMarketCapTokens } from './top-market-cap-tokens.ts';
import { traderGrades } from './trader-grades.ts';
import { tradingSignals } from './trading-signals.ts';

/** Every path the sandbox answers. */
export const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  [
    tokens,
    topMarketCapTokens,
    price,
    tmGrade,
    tmGradeHistory,
    traderGrades,
    investorGrades,
    fundamentalGrade,
    fundamentalGradeHistory,
    technologyGrade,
    technologyGradeHistory,
    tradingSignals,
    hourlyTradingSignals,
  ].map((endpoint) => [endpoint.path, endpoint]),
);
