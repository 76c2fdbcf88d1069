import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Token } from './token.ts';

const QuantMetrics = builder.objectRef<Row<'quantMetrics'>>('QuantMetrics').implement({
  description:
    'Risk and return of a token over its whole history. Fractions, not percent: 0.67 means 67 %. Young tokens have most of them null. Endpoint `/quantmetrics`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'The UTC day of the figures.' }),
    volatility: t.exposeFloat('volatility', { description: 'Annualised volatility, a fraction.' }),
    allTimeReturn: t.exposeFloat('allTimeReturn', {
      description: 'Return since inception, as a multiple: 0.5 means +50 %.',
    }),
    cagr: t.exposeFloat('cagr', { description: 'Compound annual growth rate, a fraction.' }),
    sharpe: t.exposeFloat('sharpe', { description: 'Sharpe ratio.' }),
    sortino: t.exposeFloat('sortino', { description: 'Sortino ratio.' }),
    maxDrawdown: t.exposeFloat('maxDrawdown', {
      description: 'The deepest fall from a peak, a negative fraction.',
    }),
    skew: t.exposeFloat('skew', { description: 'Skew of the daily returns.' }),
    kurtosis: t.exposeFloat('kurtosis', { description: 'Kurtosis of the daily returns.' }),
    tailRatio: t.exposeFloat('tailRatio', { description: 'Right tail over left tail.' }),
    riskRewardRatio: t.exposeFloat('riskRewardRatio', { description: 'Reward over risk.' }),
    profitFactor: t.exposeFloat('profitFactor', {
      description: 'Sum of the gains over sum of the losses.',
    }),
    dailyValueAtRisk: t.exposeFloat('dailyValueAtRisk', {
      description: 'Value at risk of a day, a negative fraction.',
    }),
    dailyReturnAvg: t.exposeFloat('dailyReturnAvg', {
      description: 'Mean of the daily returns, a fraction.',
    }),
    dailyReturnStd: t.exposeFloat('dailyReturnStd', {
      description: 'Standard deviation of the daily returns, a fraction.',
    }),
  }),
});

builder.objectField(Token, 'quantMetrics', (t) =>
  t.field({
    type: QuantMetrics,
    description: 'The latest quantitative metrics; null when the token has none.',
    ...rowOfToken(
      { reads: readsOne('quantMetrics') },
      ({ tokenMetrics }) => tokenMetrics.quantMetrics,
    ),
  }),
);
