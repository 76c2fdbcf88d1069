import DataLoader from 'dataloader';
import { UpstreamError } from '../errors.ts';
import type { ReadScope } from './client.ts';
import { type Endpoint, endpoints } from './endpoints.ts';
import type { ByToken } from './lists.ts';
import type { DayRange, TokenMetricsReads } from './reads.ts';
import type { DailyRow, HourlyRow, TokenRow } from './token-rows.ts';

/** One whole page of what an endpoint answers to a filter; pages count from 1. */
export interface PageKey {
  readonly query: Readonly<Record<string, string>>;
  readonly page: number;
}

export type TokenMetricsLoaders = ReturnType<typeof createTokenMetricsLoaders>;

/**
 * Request-long loaders, one line per endpoint and way of reading it. All keys of a tick are one
 * batch and resolve together: what is loaded behind them is then one batch again.
 */
export function createTokenMetricsLoaders(reads: TokenMetricsReads, scope: ReadScope) {
  const one = <R extends TokenRow>(endpoint: Endpoint<R>) =>
    byId((ids) => reads.tokenRows(endpoint, ids, scope));
  const latest = <R extends DailyRow>(endpoint: Endpoint<R>) =>
    byId((ids) => reads.latestRows(endpoint, ids, scope));
  const daily = <R extends DailyRow>(endpoint: Endpoint<R>) =>
    byRange(
      ({ from, to }: DayRange) => `${from} ${to}`,
      (ids, range) => reads.dailyRows(endpoint, ids, range, scope),
    );
  const hourly = <R extends HourlyRow>(endpoint: Endpoint<R>) =>
    byRange(
      ({ fromMs }: { readonly fromMs: number }) => String(fromMs),
      (ids, { fromMs }) => reads.hourlyRows(endpoint, ids, fromMs, scope),
    );
  const pages = <R extends TokenRow>(endpoint: Endpoint<R>) =>
    byPage(({ query, page }) => reads.listPage(endpoint, query, page, scope));

  return {
    token: one(endpoints.tokens),
    price: one(endpoints.price),
    tmGrade: one(endpoints.tmGrade),
    fundamentalGrade: one(endpoints.fundamentalGrade),
    technologyGrade: one(endpoints.technologyGrade),
    traderGrade: latest(endpoints.traderGrades),
    investorGrade: latest(endpoints.investorGrades),
    tradingSignal: latest(endpoints.tradingSignals),
    tmGrades: daily(endpoints.tmGradeHistory),
    fundamentalGrades: daily(endpoints.fundamentalGradeHistory),
    technologyGrades: daily(endpoints.technologyGradeHistory),
    traderGrades: daily(endpoints.traderGrades),
    investorGrades: daily(endpoints.investorGrades),
    tradingSignals: daily(endpoints.tradingSignals),
    hourlySignals: hourly(endpoints.hourlyTradingSignals),
    tokenPage: pages(endpoints.tokens),
    topTokenPage: pages(endpoints.topMarketCapTokens),
    traderGradePage: pages(endpoints.traderGrades),
    investorGradePage: pages(endpoints.investorGrades),
    tradingSignalPage: pages(endpoints.tradingSignals),
    tokensBySymbol: bySymbol((symbols) => reads.symbolRows(endpoints.tokens, symbols, scope)),
  };
}

function byId<T>(read: (ids: readonly number[]) => Promise<ByToken<T>>) {
  return new DataLoader<number, T | null>(async (ids) => {
    const found = await read(ids);
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** Keys of one range share lists of tokens; ranges are read side by side. */
function byRange<Range, T>(
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

function byPage<T>(read: (key: PageKey) => Promise<T>) {
  return new DataLoader<PageKey, T, string>(
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
    {
      cacheKeyFn: ({ query, page }) => JSON.stringify([page, ...Object.entries(query).sort()]),
    },
  );
}

/** Symbols are compared without case, and several tokens may carry one. */
function bySymbol<R extends { readonly tokenSymbol: string }>(
  read: (symbols: readonly string[]) => Promise<readonly R[]>,
) {
  return new DataLoader<string, readonly R[], string>(
    async (symbols) => {
      const rows = await read(symbols);
      return symbols.map((symbol) =>
        rows.filter((row) => row.tokenSymbol.toUpperCase() === symbol.toUpperCase()),
      );
    },
    { cacheKeyFn: (symbol) => symbol.toUpperCase() },
  );
}
