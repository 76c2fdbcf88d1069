import { type Arguments, type FieldRead, priced } from '../pricing/field-cost.ts';
import type { ChartName, Provenance } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { Sourced } from './provenance.ts';
import { defined, listOf } from './screen.ts';
import { Token } from './token.ts';

const Chart = builder.objectRef<Provenance & { readonly chartUrl: string }>('Chart').implement({
  description: 'A picture drawn by the upstream.',
  interfaces: [Sourced],
  fields: (t) => ({
    url: t.exposeString('chartUrl', {
      nullable: false,
      description: 'A link to the picture. It may expire: ask again rather than keep it.',
    }),
  }),
});

const TimeFrame = builder.enumType('TimeFrame', {
  description: 'How far back a chart goes.',
  values: {
    W1: { value: '1W', description: 'A week.' },
    MO1: { value: '1M', description: 'A month.' },
    MO3: { value: '3M', description: 'Three months.' },
    Y1: { value: 'Y', description: 'A year.' },
    YTD: { value: 'YTD', description: 'Since the first of January.' },
    MAX: { value: 'MAX', description: 'All there is.' },
  } as const,
});

const ChartCategory = builder.enumType('ChartCategory', {
  description: 'Whose view a chart takes.',
  values: {
    TRADER: { value: 'trader', description: 'The short term.' },
    INVESTOR: { value: 'investor', description: 'The long term.' },
  } as const,
});

const MarketChart = builder.enumType('MarketChart', {
  description: 'Charts about the whole market, each an endpoint of its own.',
  values: {
    VOLATILITY: { description: 'Annualised historical volatility.' },
    INDEX_ALLOCATION: { description: 'What the indices are made of.' },
    INDEX_ROI: { description: 'What the indices have returned.' },
    BULLISH_VS_BEARISH: { description: 'Share of bullish against bearish tokens.' },
    BULL_AND_BEAR: { description: 'Bull and bear phases of the market.' },
    BULLISH_GRADES: { description: 'Share of tokens with a bullish TM Grade.' },
    MARKET_SIGNAL: { description: 'The signal for the whole market.' },
    ALTCOIN_SEASON: { description: 'Bitcoin season against altcoin season.' },
    TOTAL_MARKET_CAP: { description: 'The market cap of all crypto.' },
    MARKET_MOVERS: { description: 'What has moved most.' },
  } as const,
});

const TokenChart = builder.enumType('TokenChart', {
  description: 'Charts about one token, each an endpoint of its own.',
  values: {
    TOKEN_PRICE: { description: 'Price, with what the filters add to it.' },
    TOKEN_LEVELS: { description: 'Support and resistance.' },
  } as const,
});

interface ChartArguments {
  readonly timeFrame?: string | null;
  readonly category?: string | null;
  readonly filters?: readonly string[] | null;
}

function chartQuery({ timeFrame, category, filters }: ChartArguments, tokenId?: number) {
  return defined({
    token_id: tokenId?.toString(),
    timeFrame: timeFrame ?? undefined,
    category: category ?? undefined,
    chartFilters: listOf('filters', filters),
  });
}

/** A picture is a request of its own: nothing can be asked for together with it. */
const chartCost = priced({
  weight: 5,
  rateLimit: { limit: 120, duration: 60 },
  reads: (args: Arguments): readonly FieldRead[] => [
    {
      upstream: 'tokenMetrics',
      endpoint: `chart ${String(args['chart'])}`,
      kind: 'pages',
      keys: 1,
      range: JSON.stringify(args),
    },
  ],
});

builder.objectField(Token, 'chart', (t) =>
  t.field({
    type: Chart,
    description: 'A picture about the token; null when the upstream has none. A credit each.',
    args: {
      chart: t.arg({ type: TokenChart, defaultValue: 'TOKEN_PRICE', description: 'Which chart.' }),
      timeFrame: t.arg({ type: TimeFrame, defaultValue: 'MAX', description: 'How far back.' }),
      category: t.arg({ type: ChartCategory, defaultValue: 'trader', description: 'Whose view.' }),
      filters: t.arg.stringList({
        defaultValue: ['price'],
        description: 'What the chart shows, in the words of the upstream.',
      }),
    },
    ...chartCost,
    resolve: ({ tokenId }, { chart, ...args }, { loaders }) => {
      const name: ChartName = chart ?? 'TOKEN_PRICE';
      return loaders.tokenMetrics.chart.load({ name, query: chartQuery(args, tokenId) });
    },
  }),
);

builder.queryField('marketChart', (t) =>
  t.field({
    type: Chart,
    description:
      'A picture about the whole market; null when the upstream has none. A credit each.',
    args: {
      chart: t.arg({ type: MarketChart, required: true, description: 'Which chart.' }),
      timeFrame: t.arg({ type: TimeFrame, defaultValue: 'MAX', description: 'How far back.' }),
      category: t.arg({
        type: ChartCategory,
        description: 'Whose view, for the charts about indices.',
      }),
      filters: t.arg.stringList({
        description: 'What the chart shows, in the words of the upstream.',
      }),
    },
    ...chartCost,
    resolve: (_root, { chart, ...args }, { loaders }) =>
      loaders.tokenMetrics.chart.load({ name: chart, query: chartQuery(args) }),
  }),
);
