import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { enumOf } from './open-enum.ts';
import { pageConnection, sliceOf } from './pages.ts';
import { Sourced } from './provenance.ts';
import { readsPages } from './reads.ts';
import { pageArgs, pageListSize } from './screen.ts';

const SentimentLabel = builder.enumType('SentimentLabel', {
  description: 'A sentiment in words. Open: new values may appear.',
  values: {
    VERY_NEGATIVE: { description: 'Very negative.' },
    NEGATIVE: { description: 'Negative.' },
    NEUTRAL: { description: 'Neutral.' },
    POSITIVE: { description: 'Positive.' },
    VERY_POSITIVE: { description: 'Very positive.' },
    UNKNOWN: { description: 'A value of the upstream that is newer than this list.' },
  } as const,
});

const labels = new Map<string, typeof SentimentLabel.$inferType>([
  ['very negative', 'VERY_NEGATIVE'],
  ['negative', 'NEGATIVE'],
  ['neutral', 'NEUTRAL'],
  ['positive', 'POSITIVE'],
  ['very positive', 'VERY_POSITIVE'],
]);

interface Mood {
  readonly grade: number | null;
  readonly label: string | null;
  readonly summary: string | null;
}

const Sentiment = builder.objectRef<Mood>('Sentiment').implement({
  description: 'What one kind of source sounded like.',
  fields: (t) => ({
    grade: t.exposeFloat('grade', { description: 'From 0, very negative, to 100, very positive.' }),
    label: t.field({
      type: SentimentLabel,
      description: 'The grade in words.',
      resolve: ({ label }) => enumOf(labels, label),
    }),
    summary: t.exposeString('summary', {
      description: 'What was talked about, written by a machine, one to four kilobytes.',
      ...priced({ weight: 5 }),
    }),
  }),
});

const MarketSentiment = builder.objectRef<Row<'sentiments'>>('MarketSentiment').implement({
  description:
    'The mood of the market in an hour. Endpoint `/sentiments`, which the upstream no longer documents since August 2025.',
  interfaces: [Sourced],
  fields: (t) => ({
    hour: t.expose('timestamp', { type: 'DateTime', nullable: false, description: 'The hour.' }),
    market: t.field({
      type: Sentiment,
      nullable: false,
      description: 'All sources together; without a summary.',
      resolve: (row) => ({
        grade: row.marketSentimentGrade,
        label: row.marketSentimentLabel,
        summary: null,
      }),
    }),
    news: t.field({
      type: Sentiment,
      nullable: false,
      description: 'The news.',
      resolve: (row) => ({
        grade: row.newsSentimentGrade,
        label: row.newsSentimentLabel,
        summary: row.newsSummary,
      }),
    }),
    reddit: t.field({
      type: Sentiment,
      nullable: false,
      description: 'Reddit.',
      resolve: (row) => ({
        grade: row.redditSentimentGrade,
        label: row.redditSentimentLabel,
        summary: row.redditSummary,
      }),
    }),
    twitter: t.field({
      type: Sentiment,
      nullable: false,
      description: 'Twitter.',
      resolve: (row) => ({
        grade: row.twitterSentimentGrade,
        label: row.twitterSentimentLabel,
        summary: row.twitterSummary,
      }),
    }),
  }),
});

const MarketSentimentConnection = builder.connectionObject(
  {
    type: MarketSentiment,
    name: 'MarketSentimentConnection',
    description: 'A page of hours, newest first.',
  },
  { name: 'MarketSentimentEdge', description: 'An hour and its place in the list.' },
);

builder.queryField('sentiments', (t) =>
  t.field({
    type: MarketSentimentConnection,
    description: 'The mood of the market by hour, newest first.',
    deprecationReason:
      'Withdrawn upstream in August 2025 and may stop answering; `marketMetrics` tells the signal of the market. Removed after 2027-06-30.',
    args: pageArgs,
    ...priced({
      listSize: pageListSize,
      reads: readsPages('sentiments', (args) => sliceOf(args).pages.length),
      rateLimit: { limit: 120, duration: 60 },
    }),
    resolve: (_root, args, { loaders }) =>
      pageConnection(args, {
        load: (page) => loaders.tokenMetrics.sentimentPage.load({ query: {}, page }),
        keyOf: (row) => row.timestamp,
        nodeOf: (row) => row,
      }),
  }),
);
