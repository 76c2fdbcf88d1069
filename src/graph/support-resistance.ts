import type { GraphContext } from '../context.ts';
import { type FieldCost, priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { rowOfToken } from './prefetch.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Token } from './token.ts';

const LevelKind = builder.enumType('LevelKind', {
  description: 'Which side of the price a level is on.',
  values: {
    SUPPORT: { description: 'Below the price, or at it.' },
    RESISTANCE: { description: 'Above the price.' },
  } as const,
});

type Levels = Row<'resistanceSupport'>;

interface Level {
  readonly tokenId: number;
  readonly date: string | null;
  readonly level: number;
}

/** The levels of a row, lowest first. */
function levelsOf({ tokenId, historicalResistanceSupportLevels }: Levels): Level[] {
  return historicalResistanceSupportLevels
    .map(({ date, level }) => ({ tokenId, date, level }))
    .sort((a, b) => a.level - b.level);
}

/** The price everything is told against: read once, and its failure is told wherever it is needed. */
async function priceOf({ tokenId }: { readonly tokenId: number }, { loaders }: GraphContext) {
  return (await loaders.tokenMetrics.price.load(tokenId))?.currentPrice ?? null;
}

const PriceLevel = builder.objectRef<Level>('PriceLevel').implement({
  description: 'A price at which a token has turned before.',
  fields: (t) => ({
    usd: t.field({
      type: 'Decimal',
      nullable: false,
      description: 'The level, in US dollars.',
      resolve: ({ level }) => level,
    }),
    kind: t.field({
      type: LevelKind,
      description:
        'Support or resistance, seen from the current price; null when there is no price.',
      resolve: async (level, _args, context) => {
        const price = await priceOf(level, context);
        if (price === null) return null;
        return level.level > price ? 'RESISTANCE' : 'SUPPORT';
      },
    }),
    since: t.expose('date', { type: 'Date', description: 'The day the level goes back to.' }),
  }),
});

const SupportResistance = builder.objectRef<Levels>('SupportResistance').implement({
  description:
    'The levels at which the price of a token has turned. The upstream does not say which are support and which resistance: that follows from the current price. Endpoint `/resistance-support`.',
  interfaces: [Sourced],
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'The UTC day of the levels.' }),
    priceUsd: t.field({
      type: 'Decimal',
      description: 'The price the levels are told against, in US dollars.',
      resolve: (row, _args, context) => priceOf(row, context),
    }),
    levels: t.field({
      type: [PriceLevel],
      nullable: false,
      description: 'Every level, lowest first.',
      ...priced({ listSize: { assumedSize: 60 } }),
      resolve: levelsOf,
    }),
    support: t.field({
      type: PriceLevel,
      description: 'The highest level below the price.',
      resolve: async (row, _args, context) => {
        const price = await priceOf(row, context);
        return price === null ? null : levelsOf(row).findLast(({ level }) => level <= price);
      },
    }),
    resistance: t.field({
      type: PriceLevel,
      description: 'The lowest level above the price.',
      resolve: async (row, _args, context) => {
        const price = await priceOf(row, context);
        return price === null ? null : levelsOf(row).find(({ level }) => level > price);
      },
    }),
  }),
});

const readsLevels: FieldCost['reads'] = (args, at) => [
  ...readsOne('resistanceSupport')(args, at),
  ...readsOne('price')(args, at),
];

builder.objectField(Token, 'supportResistance', (t) =>
  t.field({
    type: SupportResistance,
    description: 'Support and resistance levels; null when the token has none.',
    ...rowOfToken({ reads: readsLevels }, ({ tokenMetrics: { resistanceSupport, price } }) => ({
      // Prices are asked for together with those of other fields; who needs one is told if it fails.
      load: (tokenId) => {
        void price.loadMany([tokenId]);
        return resistanceSupport.load(tokenId);
      },
      loadMany: (tokenIds) => {
        void price.loadMany(tokenIds);
        return resistanceSupport.loadMany(tokenIds);
      },
    })),
  }),
);
