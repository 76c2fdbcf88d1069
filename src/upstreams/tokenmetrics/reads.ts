import { addDays, dayOf, daysInclusive, hoursInclusive } from '../../calendar.ts';
import { UpstreamError } from '../errors.ts';
import { tileNewestFirst, tileSeries } from '../tiling.ts';
import { type ReadScope, type TokenMetricsClient, upstreamName } from './client.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import type { ByToken, ListReader } from './lists.ts';
import {
  defaultPageRows,
  latestDays,
  latestTokensPerRequest,
  pageRows,
  windowDays,
} from './plan.ts';

/** A range of UTC days, both ends counted. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

export interface TokenRow {
  readonly tokenId: number;
}
export interface DailyRow extends TokenRow {
  readonly date: string;
}
export interface HourlyRow extends TokenRow {
  readonly timestamp: string;
}
type Sourced<Row> = Row & Provenance;

export interface TokenMetricsReadsOptions {
  readonly client: TokenMetricsClient;
  readonly lists: ListReader;
  readonly now: () => number;
}

export type TokenMetricsReads = ReturnType<typeof createTokenMetricsReads>;

/** A token that every endpoint of this upstream covers, to tell "no rows" from "no endpoint". */
const bitcoinId = 3375;
const settledSeconds = 365 * 24 * 3600;

/** Reads by token: cut into lists and windows as planned, matched by id, an error only where it is. */
export function createTokenMetricsReads({ client, lists, now }: TokenMetricsReadsOptions) {
  /** The rows of one list of tokens over one window, grouped by token, newest first. */
  async function readTile<Row extends DailyRow>(
    endpoint: Endpoint<Row>,
    ids: readonly number[],
    { from, to }: DayRange,
    scope: ReadScope,
  ): Promise<ReadonlyMap<number, Sourced<Row>[]>> {
    const asked = new Set(ids);
    const rowsMax = ids.length * daysInclusive(from, to);
    const rows = await client.pages(
      {
        endpoint,
        query: { token_id: ids.join(','), startDate: from, endDate: to },
        rowsMax,
        isAsked: (row) => asked.has(row.tokenId) && row.date >= from && row.date <= to,
        keyOf: (row) => `${row.tokenId} ${row.date}`,
        isComplete: (found) => found.size >= rowsMax,
      },
      scope,
    );
    return groupByToken([...rows.values()].sort((a, b) => (a.date < b.date ? 1 : -1)));
  }

  /** No row at all from an endpoint that was withdrawn: is it the tokens, or is it gone? */
  async function assertServed(
    endpoint: Endpoint,
    isEmpty: boolean,
    scope: ReadScope,
  ): Promise<void> {
    if (endpoint.withdrawnSince === undefined || !isEmpty) return;
    const { sent } = await client.page(
      endpoint,
      { token_id: String(bitcoinId), limit: '1' },
      scope,
    );
    if (sent === 0) {
      throw new UpstreamError({
        upstream: upstreamName,
        endpoint: endpoint.path,
        kind: 'withdrawn',
      });
    }
  }

  /** A window of `daysPerTile` days each, newest last, that together cover the range. */
  function windowsOf({ from, to }: DayRange, daysPerTile: number): DayRange[] {
    const windows: DayRange[] = [];
    for (let start = from; start <= to; start = addDays(start, daysPerTile)) {
      const end = addDays(start, daysPerTile - 1);
      windows.push({ from: start, to: end < to ? end : to });
    }
    return windows;
  }

  return {
    /** The one row of each token. */
    async tokenRows<Row extends TokenRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      scope: ReadScope,
    ): Promise<ByToken<Sourced<Row>>> {
      const ask = async (list: readonly number[]): Promise<ReadonlyMap<number, Sourced<Row>>> => {
        const asked = new Set(list);
        const rows = await client.pages(
          {
            endpoint,
            query: { token_id: list.join(',') },
            rowsMax: list.length,
            isAsked: (row) => asked.has(row.tokenId),
            keyOf: (row) => row.tokenId,
            isComplete: (found) => found.size >= list.length,
          },
          scope,
        );
        const found = new Map([...rows.values()].map((row) => [row.tokenId, row]));
        const isCut = endpoint.limitUnproven && found.size === defaultPageRows;
        const missing = isCut ? list.filter((id) => !found.has(id)) : [];
        return missing.length === 0 ? found : new Map([...found, ...(await ask(missing))]);
      };
      const found = await lists.byToken(endpoint, ids, pageRows, ask);
      scope.onFresh(endpoint.freshSeconds);
      return found;
    },

    /** The newest row of each token of a daily series. */
    async latestRows<Row extends DailyRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      scope: ReadScope,
    ): Promise<ByToken<Sourced<Row>>> {
      const to = dayOf(now());
      const range = { from: addDays(to, 1 - latestDays), to };
      const found = await lists.byToken(endpoint, ids, latestTokensPerRequest, async (list) => {
        const rows = await readTile(endpoint, list, range, scope);
        await assertServed(endpoint, rows.size === 0, scope);
        return new Map(
          [...rows].flatMap(([id, [newest]]) => (newest ? [[id, newest] as const] : [])),
        );
      });
      scope.onFresh(endpoint.freshSeconds);
      return found;
    },

    /** Every row of each token in a range of days, newest first. */
    async dailyRows<Row extends DailyRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      range: DayRange,
      scope: ReadScope,
    ): Promise<ByToken<readonly Sourced<Row>[]>> {
      const days = daysInclusive(range.from, range.to);
      const keys = lists.acceptsLists(endpoint.path) ? new Set(ids).size : 1;
      const { keysPerTile, daysPerTile } = tileSeries(keys, days, { pageRows, windowDays });
      const windows = windowsOf(range, daysPerTile).reverse();
      const found = await lists.byToken(endpoint, ids, keysPerTile, async (list) => {
        const tiles = await Promise.all(
          windows.map((window) => readTile(endpoint, list, window, scope)),
        );
        await assertServed(
          endpoint,
          tiles.every((tile) => tile.size === 0),
          scope,
        );
        return new Map(
          list.flatMap((id) => {
            const rows = tiles.flatMap((tile) => tile.get(id) ?? []);
            return rows.length === 0 ? [] : [[id, rows] as const];
          }),
        );
      });
      const isSettled = range.to < addDays(dayOf(now()), -1);
      scope.onFresh(isSettled ? settledSeconds : endpoint.freshSeconds);
      return found;
    },

    /** Every row of each token since an instant, newest first; the upstream takes no dates here. */
    async hourlyRows<Row extends HourlyRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      fromMs: number,
      scope: ReadScope,
    ): Promise<ByToken<readonly Sourced<Row>[]>> {
      const from = new Date(fromMs).toISOString();
      const hours = hoursInclusive(fromMs, now());
      const { keysPerTile, pagesPerTile } = tileNewestFirst(new Set(ids).size, hours, { pageRows });
      const found = await lists.byToken(endpoint, ids, keysPerTile, async (list) => {
        const asked = new Set(list);
        const rowsMax = Math.min(list.length * hours, pagesPerTile * pageRows);
        const rows = await client.pages(
          {
            endpoint,
            query: { token_id: list.join(',') },
            rowsMax,
            isAsked: (row) => asked.has(row.tokenId),
            keyOf: (row) => `${row.tokenId} ${row.timestamp}`,
            isComplete: (found) =>
              found.size >= rowsMax || [...found.values()].some((row) => row.timestamp < from),
          },
          scope,
        );
        const sorted = [...rows.values()]
          .filter((row) => row.timestamp >= from)
          .sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1));
        return groupByToken(sorted);
      });
      scope.onFresh(endpoint.freshSeconds);
      return found;
    },

    /** One whole page of an endpoint, as the upstream orders it; short when it is the last. */
    async listPage<Row>(
      endpoint: Endpoint<Row>,
      query: Readonly<Record<string, string>>,
      number: number,
      scope: ReadScope,
    ): Promise<{ readonly rows: readonly Sourced<Row>[]; readonly isLast: boolean }> {
      const sizeParameter = endpoint.reads === 'list' ? 'top_k' : 'limit';
      const { rows, sent } = await client.page(
        endpoint,
        { ...query, [sizeParameter]: String(pageRows), page: String(number) },
        scope,
      );
      scope.onFresh(endpoint.freshSeconds);
      return { rows, isLast: sent < pageRows };
    },

    /** Every token that carries one of the symbols, in whatever case. */
    async symbolRows<Row extends TokenRow>(
      endpoint: Endpoint<Row>,
      symbols: readonly string[],
      scope: ReadScope,
    ): Promise<readonly Sourced<Row>[]> {
      const rows = await client.pages(
        {
          endpoint,
          query: { symbol: symbols.join(',') },
          rowsMax: pageRows,
          isAsked: () => true,
          keyOf: (row) => row.tokenId,
          isComplete: () => false,
        },
        scope,
      );
      scope.onFresh(endpoint.freshSeconds);
      return [...rows.values()];
    },
  };
}

function groupByToken<Row extends TokenRow>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.tokenId);
    if (group === undefined) groups.set(row.tokenId, [row]);
    else group.push(row);
  }
  return groups;
}
