import type { RowsEndpoint } from '../endpoint.ts';
import { paging } from '../parameters.ts';

/** Who invests in tokens, by name. The number of rounds is text, all else is a number. */
export const cryptoInvestors: RowsEndpoint = {
  path: '/v2/crypto-investors',
  parameters: paging,
  *rows(_query, { data }) {
    for (const investor of data.investors) {
      yield () => ({
        INVESTOR_NAME: investor.name,
        INVESTOR_WEBSITE: `https://${investor.slug}.example/`,
        INVESTOR_TWITTER: investor.hasTwitter
          ? `https://twitter.example/${investor.slug.replaceAll('-', '')}`
          : null,
        ROUND_COUNT: String(investor.rounds),
        ROI_AVERAGE: investor.averageReturn,
        ROI_MEDIAN: investor.medianReturn,
      });
    }
  },
};
