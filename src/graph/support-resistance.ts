import { priced } from '../pricing/field-cost.ts';
import type { Row } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';
import { Sourced } from './provenance.ts';
import { readsOne } from './reads.ts';
import { Token } from './token.ts';

const LevelKind = builder.enumType('LevelKind', {
  description: 'Which side of the price a level is on.',
  values: {
    SUPPORT: { description: 'Below the price, or at it.' },
    RESISTANCE: { description: 'Above the price.' },
    UNKNOWN: { description: 'The price is not known.' },
  } as const,
});

interface Level {
  readonly date: string | null;
  readonly level: number;
  readonly kind: typeof LevelKind.$inferType;
}

type Levels = Row<'resistanceSupport'> & {
  readonly levels: readonly Level[];
  readonly price: number | null;
};

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
      nullable: false,
      description: 'Support or resistance, seen from the current price.',
      resolve: ({ kind }) => kind,
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
      resolve: ({ price }) => price,
    }),
    levels: t.field({
      type: [PriceLevel],
      nullable: false,
      description: 'Every level, lowest first.',
      ...priced({ listSize: { assumedSize: 60 } }),
      resolve: ({ levels }) => [...levels],
    }),
    support: t.field({
      type: PriceLevel,
      description: 'The highest level below the price.',
      resolve: ({ levels }) => levels.filter(({ kind }) => kind === 'SUPPORT').at(-1),
    }),
    resistance: t.field({
      type: PriceLevel,
      description: 'The lowest level above the price.',
      resolve: ({ levels }) => levels.find(({ kind }) => kind === 'RESISTANCE'),
    }),
  }),
});

builder.objectField(Token, 'supportResistance', (t) =>
  t.field({
    type: SupportResistance,
    description: 'Support and resistance levels; null when the token has none.',
    ...priced({
      reads: (args, at) => [
        ...readsOne('resistanceSupport')(args, at),
        ...readsOne('price')(args, at),
      ],
    }),
    resolve: async ({ tokenId }, _args, { loaders }): Promise<Levels | null> => {
      const [row, price] = await Promise.all([
        loaders.tokenMetrics.resistanceSupport.load(tokenId),
        // Levels are worth having without the price: their kind is then unknown.
        loaders.tokenMetrics.price.load(tokenId).then(
          (found) => found?.currentPrice ?? null,
          () => null,
        ),
      ]);
      if (row === null) return null;
      const kindOf = (level: number) =>
        price === null ? 'UNKNOWN' : level > price ? 'RESISTANCE' : 'SUPPORT';
      const levels = row.historicalResistanceSupportLevels
        .map(({ date, level }) => ({ date, level, kind: kindOf(level) }) as const)
        .sort((a, b) => a.level - b.level);
      return { ...row, levels, price };
    },
  }),
);
