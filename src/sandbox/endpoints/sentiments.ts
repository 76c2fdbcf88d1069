import { hourMs, isoInstant } from '../data/day.ts';
import { firstDayOfAll } from '../data/data-set.ts';
import type { RowsEndpoint } from '../endpoint.ts';
import { paging } from '../parameters.ts';

/** What the market feels hour by hour, newest first; withdrawn by the vendor in August 2025. */
export const sentiments: RowsEndpoint = {
  path: '/v2/sentiments',
  parameters: paging,
  *rows(_query, { data: { moods }, nowMs }) {
    for (let hour = Math.floor(nowMs / hourMs); hour >= firstDayOfAll * 24; hour -= 1) {
      yield () => {
        const market = moods.grade('MARKET', hour);
        const news = moods.grade('NEWS', hour);
        const reddit = moods.grade('REDDIT', hour);
        const twitter = moods.grade('TWITTER', hour);
        return {
          DATETIME: isoInstant(hour * hourMs),
          MARKET_SENTIMENT_GRADE: market,
          MARKET_SENTIMENT_LABEL: labelOf(market),
          NEWS_SENTIMENT_GRADE: news,
          NEWS_SENTIMENT_LABEL: labelOf(news),
          NEWS_SUMMARY: moods.summary('NEWS', hour),
          REDDIT_SENTIMENT_GRADE: reddit,
          REDDIT_SENTIMENT_LABEL: labelOf(reddit),
          REDDIT_SUMMARY: moods.summary('REDDIT', hour),
          TWITTER_SENTIMENT_GRADE: twitter,
          TWITTER_SENTIMENT_LABEL: labelOf(twitter),
          TWITTER_SUMMARY: moods.summary('TWITTER', hour),
        };
      };
    }
  },
};

function labelOf(grade: number): string {
  if (grade < 20) return 'very negative';
  if (grade < 40) return 'negative';
  if (grade < 60) return 'neutral';
  return grade < 80 ? 'positive' : 'very positive';
}
