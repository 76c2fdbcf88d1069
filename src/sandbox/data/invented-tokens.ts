import { addressesOf } from './addresses.ts';
import { dayOf } from './day.ts';
import { createNoise } from './noise.ts';
import type { Token } from './tokens.ts';

/** Above every id of the table, so that none is ever taken twice. */
const firstId = 50_001;

// After the first day of the baskets: a basket holds the same tokens however many there are.
const firstDays = { from: dayOf(Date.UTC(2023, 6, 1)), count: 540 };

const syllables = `ba bel cor da dex fi gal ho jin ka lum mo nex or pi qua ra sol ta ul ven wy xen zo`;

/**
 * The tokens of the list, and behind them as many small coins that nobody has ever traded as make up
 * the count.
 */
export function withInvented(
  listed: readonly Token[],
  { seed, count }: { readonly seed: string; readonly count: number },
): readonly Token[] {
  const [smallest] = listed.slice(-1);
  if (smallest === undefined || count <= listed.length) return listed;
  const noise = createNoise(`${seed}\ninvented`);
  const words = syllables.split(' ');
  const categories = distinct(listed.flatMap((token) => token.categories));
  const exchanges = distinct(listed.flatMap((token) => token.exchanges ?? []));
  const pick = <T>(items: readonly T[], channel: string, id: number, most: number): T[] => {
    const from = Math.floor(noise.at(channel, id, 0) * items.length);
    const size = 1 + Math.floor(noise.at(channel, id, 1) * most);
    return items.slice(from, from + size);
  };

  const invented = Array.from({ length: count - listed.length }, (_, index): Token => {
    const id = firstId + index;
    const syllable = (place: number) =>
      words[Math.floor(noise.at('name', id, place) * words.length)] ?? '';
    const word = syllable(0) + syllable(1) + syllable(2);
    const kinds = pick(categories, 'categories', id, 3);
    const slugs = kinds.map((kind) => kind.category_slug);
    return {
      id,
      symbol: word.slice(0, 4).toUpperCase(),
      name: `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
      slug: `${word}-${id}`,
      rank: smallest.rank + 1 + index,
      firstDay: firstDays.from + Math.floor(noise.at('first day', id, 0) * firstDays.count),
      basePrice: Number((10 ** (6 * noise.at('price', id, 0) - 5)).toPrecision(3)),
      baseMarketCap: smallest.baseMarketCap / (1 + (index + 1) / 100),
      movesWith: id,
      categories: kinds,
      exchanges: pick(exchanges, 'exchanges', id, 4),
      addresses: addressesOf(id, slugs, seed),
    };
  });
  return [...listed, ...invented];
}

const distinct = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];
