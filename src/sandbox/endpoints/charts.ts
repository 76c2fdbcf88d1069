import { fieldsAnswer, refusals } from '../answer.ts';
import type { ReplyEndpoint } from '../endpoint.ts';
import { list, oneId, requiredText } from '../parameters.ts';
import type { Parameter } from '../parameters.ts';

const frames = ['1W', '1M', '3M', 'Y', 'YTD', 'MAX'];
const timeFrame = { kind: 'choice', of: frames } as const;
const category = { kind: 'choice', of: ['trader', 'investor'] } as const;

/** Paths that draw a picture and answer where it is; old ones, with what each of them reads. */
export const charts: readonly ReplyEndpoint[] = [
  chart('token-details-price-charts', {
    token_id: oneId,
    category: { ...category, required: true },
    timeFrame: { ...timeFrame, required: true },
    chartFilters: requiredText,
  }),
  chart('resistance-and-support-charts', { token_id: oneId, timeFrame }),
  chart('annualized-historical-volatility-charts', { timeFrame, chartFilters: list }),
  chart('indices-index-allocation-charts', { category, timeFrame }),
  chart('indices-roi-charts', { category, timeFrame, chartFilters: list }),
  chart('market-percent-of-bullish-vs-bearish-charts', { timeFrame, chartFilters: list }),
  chart('market-bull-and-bear-charts', { timeFrame, chartFilters: list }),
  chart('market-percent-of-bullish-tm-grades', { timeFrame, chartFilters: list }),
  chart('market-tm-grade-signal', { timeFrame, chartFilters: list }),
  chart('bitcoin-vs-altcoin-season-charts', { timeFrame, chartFilters: list }),
  chart('total-market-crypto-cap-charts', { timeFrame, chartFilters: list }),
  chart('market-movers-charts', { timeFrame, chartFilters: list }),
];

function chart(name: string, parameters: Readonly<Record<string, Parameter>>): ReplyEndpoint {
  return {
    path: `/v2/${name}`,
    parameters,
    reply({ numbers: { token_id: id } }, { data, missing, nowMs }) {
      if (id !== undefined && (missing.has(id) || data.tokenOf(id) === undefined)) {
        return refusals.notFound;
      }
      // No such host can exist: the picture is only ever a link.
      return fieldsAnswer({
        chartUrl: `https://charts.example.invalid/data/${name}/chart_${nowMs}.png`,
      });
    },
  };
}
