import { HOUR_MS } from '../../calendar.ts';
import { UpstreamError } from '../errors.ts';
import { chunk } from '../tiling.ts';
import type { Endpoint } from './endpoints.ts';

/** What is known per token: an absent id had no row, an error is ignorance of that id alone. */
export type ByToken<T> = ReadonlyMap<number, T | UpstreamError>;

/** Asks one list of ids; ids without a row are absent from the answer. */
type Ask<T> = (ids: readonly number[]) => Promise<ReadonlyMap<number, T>>;

export type ListReader = ReturnType<typeof createListReader>;

/** How long an endpoint that answered only the first of several ids is asked id by id. */
const rememberMs = HOUR_MS;

/** Reads many tokens by lists of ids, and by single ids where the upstream turns out to know no lists. */
export function createListReader(now: () => number) {
  const refutedAt = new Map<string, number>();
  const proven = new Set<string>();

  function acceptsLists(path: string): boolean {
    return now() - (refutedAt.get(path) ?? -Infinity) >= rememberMs;
  }

  function refute(path: string): void {
    proven.delete(path);
    refutedAt.set(path, now());
  }

  /** Reads each list by itself: the ids of a list that failed share its error. */
  async function settle<T>(
    listsOfIds: readonly (readonly number[])[],
    ask: (ids: readonly number[]) => Promise<ByToken<T>>,
  ): Promise<Map<number, T | UpstreamError>> {
    const found = new Map<number, T | UpstreamError>();
    await Promise.all(
      listsOfIds.map(async (ids) => {
        try {
          for (const [id, value] of await ask(ids)) found.set(id, value);
        } catch (error) {
          if (!(error instanceof UpstreamError)) throw error;
          for (const id of ids) found.set(id, error);
        }
      }),
    );
    return found;
  }

  /**
   * Asks a list and doubts an answer that holds the first id alone: the rest is asked once more, and
   * if again only the first comes back, the endpoint knows no lists and every id is asked by itself.
   */
  async function askDoubting<T>(
    path: string,
    ids: readonly number[],
    ask: Ask<T>,
  ): Promise<ByToken<T>> {
    const found = await ask(ids);
    const [first, ...rest] = ids;
    const [second, ...others] = rest;
    if (first === undefined || second === undefined) return found;
    if (found.size > 1) proven.add(path);
    if (found.size !== 1 || !found.has(first)) return found;

    const again = await ask(rest);
    const known = new Map([...found, ...again]);
    const isFirstAgain = again.size === 1 && again.has(second);
    if (isFirstAgain) refute(path);
    else if (again.size > 0) proven.add(path);
    if (!isFirstAgain && proven.has(path)) return known;

    const singles = await settle(chunk(others, 1), ask);
    if ([...singles.values()].some((value) => !(value instanceof UpstreamError))) refute(path);
    return new Map([...known, ...singles]);
  }

  return {
    acceptsLists,

    /** Every id's value, asked in lists of at most `listMax`. */
    async byToken<T>(
      endpoint: Endpoint,
      ids: readonly number[],
      listMax: number,
      ask: Ask<T>,
    ): Promise<ByToken<T>> {
      // Sorted, so that the same tokens make the same URL whatever order a client named them in.
      const sorted = [...new Set(ids)].sort((a, b) => a - b);
      if (!acceptsLists(endpoint.path)) return settle(chunk(sorted, 1), ask);
      return settle(chunk(sorted, listMax), (list) =>
        endpoint.listsUnproven === true ? askDoubting(endpoint.path, list, ask) : ask(list),
      );
    },
  };
}
