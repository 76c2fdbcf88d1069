import DataLoader from 'dataloader';
import type { DayRange } from '../../calendar.ts';
import { UpstreamError } from '../errors.ts';
import type { ByToken } from './lists.ts';

/** The kinds of loaders: what their keys are, and which keys share a read. */

/** One value a token; absent ones are null. */
export function byId<T>(read: (ids: readonly number[]) => Promise<ByToken<T>>) {
  return new DataLoader<number, T | null>(async (ids) => {
    const found = await read(ids);
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** Keys of one range share lists of tokens; ranges are read side by side. */
export function byRange<Range, T>(
  rangeKey: (range: Range) => string,
  read: (ids: readonly number[], range: Range) => Promise<ByToken<readonly T[]>>,
) {
  type Key = { readonly tokenId: number; readonly range: Range };
  return new DataLoader<Key, readonly T[], string>(
    async (keys) => {
      const idsOf = new Map<string, { readonly range: Range; readonly ids: number[] }>();
      for (const { tokenId, range } of keys) {
        const key = rangeKey(range);
        const group = idsOf.get(key);
        if (group === undefined) idsOf.set(key, { range, ids: [tokenId] });
        else group.ids.push(tokenId);
      }
      const found = new Map(
        await Promise.all(
          [...idsOf].map(
            async ([key, { ids, range }]) => [key, await orErrors(ids, read(ids, range))] as const,
          ),
        ),
      );
      return keys.map(({ tokenId, range }) => found.get(rangeKey(range))?.get(tokenId) ?? []);
    },
    { cacheKeyFn: ({ tokenId, range }) => `${tokenId} ${rangeKey(range)}` },
  );
}

/** A range that cannot be read at all fails for its own tokens, not for those of other ranges. */
async function orErrors<T>(ids: readonly number[], reading: Promise<ByToken<T>>) {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return new Map(ids.map((id) => [id, error]));
  }
}

/** One read for each key, side by side; one that fails, fails alone. */
export function byKey<Key, T>(read: (key: Key) => Promise<T>, cacheKeyFn: (key: Key) => string) {
  return new DataLoader<Key, T, string>(
    (keys) =>
      Promise.all(
        keys.map(async (key) => {
          try {
            return await read(key);
          } catch (error) {
            if (error instanceof UpstreamError) return error;
            throw error;
          }
        }),
      ),
    { cacheKeyFn },
  );
}

/** Words are compared without case, and several tokens may fit one. */
export function byWord<R>(
  read: (words: readonly string[]) => Promise<readonly R[]>,
  wordOf: (row: R) => string,
) {
  return new DataLoader<string, readonly R[], string>(
    async (words) => {
      const rows = await read(words);
      return words.map((word) =>
        rows.filter((row) => wordOf(row).toUpperCase() === word.toUpperCase()),
      );
    },
    { cacheKeyFn: (word) => word.toUpperCase() },
  );
}

export const rangeKey = ({ from, to }: DayRange) => `${from} ${to}`;
