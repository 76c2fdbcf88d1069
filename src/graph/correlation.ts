import type { Loaders } from '../upstreams/index.ts';
import { builder } from './builder.ts';
import { rowOfToken } from './prefetch.ts';
import { readsOne } from './reads.ts';
import { matchesOf, matchOf, nameCost, onlyMatch, TokenMatch } from './token-match.ts';
import { Token } from './token.ts';

interface Partner {
  readonly name: string;
  readonly correlation: number;
}

const Correlation = builder.objectRef<Partner>('Correlation').implement({
  description:
    'How a token moves with another. The upstream names the partner by its name alone. Endpoint `/correlation`.',
  fields: (t) => ({
    correlation: t.exposeFloat('correlation', {
      nullable: false,
      description: 'From -1, against each other, to 1, in step.',
    }),
    name: t.exposeString('name', {
      nullable: false,
      description: 'The name of the partner, as the upstream gives it.',
    }),
    token: t.field({
      type: Token,
      description: 'The partner, when exactly one token has the name; otherwise null.',
      ...nameCost,
      resolve: async (partner, _args, context) => onlyMatch(await matchesOf(partner, context)),
    }),
    match: t.field({
      type: TokenMatch,
      description: 'Why there is a token, or none.',
      ...nameCost,
      resolve: async (partner, _args, context) =>
        matchOf(partner.name, await matchesOf(partner, context)),
    }),
  }),
});

const loaderOf = ({ tokenMetrics }: Loaders) => tokenMetrics.correlation;

builder.objectField(Token, 'correlations', (t) =>
  t.field({
    type: [Correlation],
    nullable: { list: true, items: false },
    description:
      'The ten tokens of the top 100 that move most with this one and the ten that move least, strongest first; null when the upstream has none.',
    ...rowOfToken({ listSize: { assumedSize: 20 }, reads: readsOne('correlation') }, loaderOf),
    resolve: async ({ tokenId }, _args, { loaders }) => {
      const row = await loaderOf(loaders).load(tokenId);
      if (row === null || row.topCorrelation.length === 0) return null;
      return [...row.topCorrelation].sort((a, b) => b.correlation - a.correlation);
    },
  }),
);
