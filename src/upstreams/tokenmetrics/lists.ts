import { orError, UpstreamError } from '../errors.ts';
import { chunk } from '../tiling/tiling.ts';
import { createVerdicts } from './verdicts.ts';

/** What is known per token: an absent id had no row, an error is ignorance of that id alone. */
export type ByToken<T> = ReadonlyMap<number, T | UpstreamError>;

/** How one endpoint is asked for lists of ids. */
export interface ListRead<T> {
  readonly path: string;
  readonly listMax: number;
  /** Asks one list; ids without a row are absent from the answer. */
  readonly ask: (ids: readonly number[]) => Promise<ByToken<T>>;
  /** Whether the endpoint reads lists at all, where no official text promises it. */
  readonly readsLists?: (() => Promise<boolean | undefined>) | undefined;
}

export type ListReader = ReturnType<typeof createListReader>;

/** Reads many tokens by lists of ids, and by single ids where the upstream turns out to know no lists. */
export function createListReader(now: () => number) {
  const listsRead = createVerdicts(now);
  const acceptsLists = (path: string): boolean => listsRead.of(path) !== false;

  /** Reads each list by itself: the ids of a list that failed share its error. */
  async function settle<T>(
    lists: readonly (readonly number[])[],
    ask: ListRead<T>['ask'],
  ): Promise<ByToken<T>> {
    const settleOne = async (ids: readonly number[]): Promise<ByToken<T>> => {
      const found = await orError(ask(ids));
      return found instanceof UpstreamError ? new Map(ids.map((id) => [id, found])) : found;
    };
    const [first, ...others] = lists;
    if (first !== undefined && others.length === 0) return settleOne(first);
    const all = new Map<number, T | UpstreamError>();
    for (const found of await Promise.all(lists.map(settleOne))) {
      for (const [id, value] of found) all.set(id, value);
    }
    return all;
  }

  /**
   * Asks a list, and where the answer looks as if only its first id was read, asks for the rest. An
   * endpoint that was known to read lists when it was asked is believed instead: ids of which there may
   * be no token take the one request that was priced. The first id alone is believed once: then lists
   * are in doubt, and the next such answer is verified. If that was a lie, its other ids are absent for
   * a minute at most, and not given out stale (`shortInDoubt`). No row at all is believed as long as
   * lists are: should the endpoint have stopped reading them since, and the first id have no row, its
   * other ids are absent for the lifetime of absence.
   */
  async function askDoubting<T>(read: ListRead<T>, ids: readonly number[]): Promise<ByToken<T>> {
    const { path, ask, readsLists } = read;
    const wasProven = listsRead.of(path) === true;
    const found = await ask(ids);
    const [first, ...rest] = ids;
    if (readsLists === undefined || first === undefined || rest.length === 0) return found;
    const isOnlyFirst = found.size === 1 && found.has(first);
    if (found.size > 0 && !isOnlyFirst) {
      listsRead.set(path, true);
      return found;
    }
    // Another answer may have shown meanwhile that lists are not read.
    if (wasProven && acceptsLists(path)) {
      if (isOnlyFirst) listsRead.doubt(path);
      return found;
    }
    // What was found stays found, whatever becomes of the doubt.
    const more = await settle([rest], () =>
      isOnlyFirst ? askRest(read, rest) : askUnlessEmpty(read, rest, readsLists),
    );
    return new Map([...found, ...more]);
  }

  /** The first id alone came back. If of the rest again only the first does, no lists are read. */
  async function askRest<T>(read: ListRead<T>, rest: readonly number[]): Promise<ByToken<T>> {
    const again = await read.ask(rest);
    const [first, ...others] = rest;
    if (again.size === 0 && read.readsLists !== undefined) {
      return askUnlessEmpty(read, others, read.readsLists);
    }
    const isOnlyFirst = again.size === 1 && first !== undefined && again.has(first);
    listsRead.set(read.path, !isOnlyFirst);
    return isOnlyFirst ? new Map([...again, ...(await askSingly(read, others))]) : again;
  }

  /** Nothing came back: that is the answer if the endpoint reads lists, and was not asked if not. */
  async function askUnlessEmpty<T>(
    read: ListRead<T>,
    ids: readonly number[],
    readsLists: () => Promise<boolean | undefined>,
  ): Promise<ByToken<T>> {
    if (ids.length === 0) return new Map();
    if (listsRead.of(read.path) === undefined) {
      const verdict = await readsLists();
      if (verdict !== undefined) listsRead.set(read.path, verdict);
    }
    return acceptsLists(read.path) ? new Map() : askSingly(read, ids);
  }

  const askSingly = <T>({ ask }: ListRead<T>, ids: readonly number[]) => settle(chunk(ids, 1), ask);

  return {
    acceptsLists,

    /** Whether an answer has shown that lists are read, or that they are not. */
    readsLists: (path: string): boolean | undefined => listsRead.of(path),

    /** Whether an answer that was believed may have been about its first id alone. */
    isDoubted: listsRead.isDoubted,

    /** Every id's value, asked in lists of at most `listMax`. */
    async byToken<T>(ids: readonly number[], read: ListRead<T>): Promise<ByToken<T>> {
      // Sorted, so that the same tokens make the same URL whatever order a client named them in.
      const sorted = [...new Set(ids)].sort((a, b) => a - b);
      if (!acceptsLists(read.path)) return askSingly(read, sorted);
      const inDoubtOnce = { ...read, readsLists: read.readsLists && once(read.readsLists) };
      return settle(chunk(sorted, read.listMax), (list) => askDoubting(inDoubtOnce, list));
    },
  };
}

/** Many lists may raise the same doubt at once: it is put to rest by one request. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}
