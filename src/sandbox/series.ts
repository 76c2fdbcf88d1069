import { dayOf } from './data/day.ts';
import { firstDayOfAll } from './data/data-set.ts';
import type { Series } from './data/data-set.ts';
import type { Token } from './data/tokens.ts';
import type { Row, RowsEndpoint, World } from './endpoint.ts';
import { dates, paging } from './parameters.ts';
import type { Query } from './query.ts';
import { selectTokens } from './selection.ts';

/** One token on one day. */
export interface TokenDay {
  readonly token: Token;
  readonly day: number;
}

/** What an endpoint over a series declares. */
interface SeriesEndpoint {
  readonly path: string;
  readonly series: Series;
  readonly parameters: RowsEndpoint['parameters'];
  /** Row filters besides the sizes. */
  readonly keeps?: (at: TokenDay, query: Query, world: World) => boolean;
  readonly row: (at: TokenDay, world: World) => Row;
}

// The vendor publishes this token's trader grade a day after the others'.
const late = { series: 'trader', tokenId: 3306 } as const;

/** Whether the row is published by now. */
export function isPublished(series: Series, { token, day }: TokenDay, world: World): boolean {
  const lag = series === late.series && token.id === late.tokenId ? 1 : 0;
  return day <= dayOf(world.nowMs) - lag && world.data.has(series, token, day);
}

/** A row a token and day: newest day first, tokens of a day in no particular order. */
export function daily({ path, series, parameters, keeps, row }: SeriesEndpoint): RowsEndpoint {
  return {
    path,
    parameters: { ...parameters, ...dates, ...paging },
    *rows(query, world) {
      const tokens = inArbitraryOrder(selectTokens(query, world), world);
      const { startDate = firstDayOfAll, endDate = Infinity } = query.numbers;
      const oldest = tokens.reduce((first, token) => Math.min(first, token.firstDay), Infinity);
      const newest = Math.min(endDate, dayOf(world.nowMs));
      for (let day = newest; day >= Math.max(startDate, oldest); day -= 1) {
        for (const [index] of tokens.entries()) {
          // Another token leads every day: no one may rely on the order of ties.
          const token = tokens[(index + day) % tokens.length];
          if (token === undefined) continue;
          const at = { token, day };
          if (!isPublished(series, at, world) || !isLargeEnough(at, query, world)) continue;
          if (keeps === undefined || keeps(at, query, world)) yield () => row(at, world);
        }
      }
    },
  };
}

/** The newest row of each token, in the order of their ids. */
export function latest({ path, series, parameters, row }: SeriesEndpoint): RowsEndpoint {
  return {
    path,
    parameters: { ...parameters, ...paging },
    *rows(query, world) {
      const { startDate = firstDayOfAll, endDate = Infinity } = query.numbers;
      const newest = Math.min(endDate, dayOf(world.nowMs));
      for (const token of byId(selectTokens(query, world))) {
        for (let day = newest; day >= Math.max(startDate, token.firstDay); day -= 1) {
          const at = { token, day };
          if (!isPublished(series, at, world)) continue;
          yield () => row(at, world);
          break;
        }
      }
    },
  };
}

/** A row a token as of today, in the order of their ids. */
export function today({
  path,
  parameters,
  keeps,
  row,
}: Omit<SeriesEndpoint, 'series'>): RowsEndpoint {
  return {
    path,
    parameters: { ...parameters, ...paging },
    *rows(query, world) {
      const day = dayOf(world.nowMs);
      for (const token of byId(selectTokens(query, world))) {
        const at = { token, day };
        if (day < token.firstDay || !isLargeEnough(at, query, world)) continue;
        if (keeps === undefined || keeps(at, query, world)) yield () => row(at, world);
      }
    },
  };
}

/** Tokens in the order of their ids. */
export function byId(tokens: readonly Token[]): readonly Token[] {
  return tokens.toSorted((a, b) => a.id - b.id);
}

/** Tokens as they follow each other within a date. */
export function inArbitraryOrder(
  tokens: readonly Token[],
  { data, salt }: World,
): readonly Token[] {
  return tokens.toSorted((a, b) => data.place(a, salt) - data.place(b, salt));
}

function isLargeEnough({ token, day }: TokenDay, { numbers }: Query, { data }: World): boolean {
  const { market } = data;
  const { marketcap, volume, fdv } = numbers;
  return (
    (marketcap === undefined || market.marketCap(token, day) >= marketcap) &&
    (volume === undefined || market.volume(token, day) >= volume) &&
    (fdv === undefined || market.fullyDilutedValuation(token, day) >= fdv)
  );
}
