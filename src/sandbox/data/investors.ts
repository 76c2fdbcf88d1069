import type { Noise } from './noise.ts';

/** A company that invests in tokens. All of them are invented. */
export interface Investor {
  readonly name: string;
  readonly slug: string;
  readonly hasTwitter: boolean;
  readonly rounds: number;
  /** Fractions: -0.79 is a loss of 79 %. */
  readonly averageReturn: number;
  readonly medianReturn: number;
}

const firsts =
  'Alder,Basalt,Birch,Cedar,Cobalt,Copper,Cypress,Elm,Ember,Fern,Flint,Garnet,Hazel,Heron,Juniper,Larch,Linden,Maple,Marble,Mica,Onyx,Osier,Quartz,Rowan,Slate,Sorrel,Tamarisk,Walnut,Willow,Yarrow';
const lasts = 'Capital,Digital Partners,Labs,Seed Fund,Ventures';

/** Investors in the order of their names: 150 of them, so that a page does not hold all. */
export function createInvestors(noise: Noise): readonly Investor[] {
  const names = firsts
    .split(',')
    .flatMap((first) => lasts.split(',').map((last) => `${first} ${last}`));
  return names.map((name, index) => {
    const rounds = 1 + Math.floor(90 * noise.at('rounds', index, 0) ** 3);
    const averageReturn = spread(noise.at('investor return', index, 0));
    return {
      name,
      slug: name.toLowerCase().replaceAll(' ', '-'),
      hasTwitter: noise.at('twitter', index, 0) < 0.8,
      rounds,
      averageReturn,
      // One round is its own median.
      medianReturn: rounds === 1 ? averageReturn : spread(noise.at('investor median', index, 0)),
    };
  });
}

/** Most have lost, a few have multiplied. */
function spread(chance: number): number {
  return Number((-0.99 + 0.9 * chance + 9 * chance ** 9).toFixed(8));
}
