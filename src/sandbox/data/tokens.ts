import { addressesOf } from './addresses.ts';
import { categoryTable } from './categories.ts';
import { dayOf, parseDay } from './day.ts';
import { exchangeTable } from './exchanges.ts';
import { tokenTable } from './token-table.ts';

/** A category as the vendor writes it in a row. */
export interface Category {
  readonly category_id: number;
  readonly category_name: string;
  readonly category_slug: string;
}

/** An exchange as the vendor writes it in a row. */
export interface Exchange {
  readonly exchange_id: string;
  readonly exchange_name: string;
}

/** A token of the data set; prices and market caps are USD. */
export interface Token {
  readonly id: number;
  readonly symbol: string;
  readonly name: string;
  readonly slug: string;
  readonly rank: number;
  readonly firstDay: number;
  readonly basePrice: number;
  readonly baseMarketCap: number;
  /** Whose price it follows: its own id, that of what it wraps, or usd. */
  readonly movesWith: number | 'usd';
  readonly categories: readonly Category[];
  readonly exchanges: readonly Exchange[] | null;
  readonly addresses: Readonly<Record<string, string>>;
}

/** Every token, greatest market cap first. */
export function readTokens(seed: string): readonly Token[] {
  const categories = new Map(
    cells(categoryTable).map(([id = '', slug = '', name = '']) => [
      id,
      { category_id: Number(id), category_name: name, category_slug: slug },
    ]),
  );
  const exchanges = new Map(
    cells(exchangeTable).map(([letter = '', id = '', name = '']) => [
      letter,
      { exchange_id: id, exchange_name: name },
    ]),
  );
  return cells(tokenTable).map((row, index) => {
    const [idText = '', symbol = '', name = '', slug = '', first = ''] = row;
    const [price = '', marketCap = '', leader = '', categoryIds = '', letters = ''] = row.slice(5);
    const id = Number(idText);
    const kinds = categoryIds.split(' ').flatMap((kind) => categories.get(kind) ?? []);
    return {
      id,
      symbol,
      name,
      slug,
      rank: index + 1,
      firstDay: parseDay(first) ?? dayOf(0),
      basePrice: Number(price),
      baseMarketCap: Number(marketCap) * 1e6,
      movesWith: leader === 'usd' ? leader : Number(leader || idText),
      categories: kinds,
      exchanges:
        letters === '-' ? null : [...letters].flatMap((letter) => exchanges.get(letter) ?? []),
      addresses: addressesOf(
        id,
        kinds.map((kind) => kind.category_slug),
        seed,
      ),
    };
  });
}

/** The cells of a table in a source file, line by line. */
export function cells(table: string): readonly (readonly string[])[] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split('|'));
}
