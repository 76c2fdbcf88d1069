import { writeReport } from '../data/reports.ts';
import type { Token } from '../data/tokens.ts';
import type { World } from '../endpoint.ts';
import { list } from '../parameters.ts';
import { today } from '../series.ts';

// Written whatever the seed: two that the vendor has published, and the two greatest tokens.
const always = new Set([3375, 3306, 10430, 10490]);
// One row whose symbol column holds the name, as the vendor has such a row.
const namedBySymbol = 4239;
// A token whose code is not public.
const withoutCode = 2614;

/** Texts about a token. Most tokens have none, and are absent. */
export const aiReports = today({
  path: '/v2/ai-reports',
  parameters: { token_id: list, symbol: list },
  keeps: ({ token }, _query, world) => hasReport(token, world),
  row: ({ token }, { data: { noise } }) => ({
    TOKEN_ID: token.id,
    TOKEN_SYMBOL: token.id === namedBySymbol ? token.name : token.symbol,
    TOKEN_NAME: token.name,
    INVESTMENT_ANALYSIS_POINTER: writeReport(noise, token, 'INVESTMENT_ANALYSIS_POINTER'),
    INVESTMENT_ANALYSIS: writeReport(noise, token, 'INVESTMENT_ANALYSIS'),
    DEEP_DIVE: writeReport(noise, token, 'DEEP_DIVE'),
    CODE_REVIEW: token.id === withoutCode ? null : writeReport(noise, token, 'CODE_REVIEW'),
  }),
});

function hasReport({ id }: Token, { data }: World): boolean {
  if (always.has(id) || id === namedBySymbol || id === withoutCode) return true;
  return data.noise.at('has report', id, 0) < 0.35;
}
