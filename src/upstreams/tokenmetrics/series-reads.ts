import {
  addDays,
  type DayRange,
  dayOf,
  daysInclusive,
  hoursInclusive,
  secondsLeftOfDay,
  windowsOf,
} from '../../calendar.ts';
import { UpstreamError } from '../errors.ts';
import { daysPerRequest, tileNewestFirst, tileSeries } from '../tiling.ts';
import type { ReadScope, TokenMetricsClient } from './client.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import type { ByToken, ListReader } from './lists.ts';
import { latestDays, latestTokensPerRequest, pageLimits, pageRows } from './plan.ts';
import type { Probe } from './probe.ts';
import {
  type DailyRow,
  groupByToken,
  type HourlyRow,
  type SeriesRow,
  timeOf,
} from './token-rows.ts';

type Sourced<Row> = Row & Provenance;

export interface SeriesReadsOptions {
  readonly client: TokenMetricsClient;
  readonly lists: ListReader;
  readonly probe: Probe;
  readonly now: () => number;
}

const settledSeconds = 365 * 24 * 3600;

/** Reads of many rows a token: in lists and windows as planned, matched by id and time. */
export function createSeriesReads({ client, lists, probe, now }: SeriesReadsOptions) {
  /** The rows of one list of tokens over one window, which fit one page. */
  function readWindow<Row extends SeriesRow>(
    endpoint: Endpoint<Row>,
    ids: readonly number[],
    { from, to }: DayRange,
    scope: ReadScope,
  ) {
    const asked = new Set(ids);
    const rowsMax = ids.length * daysInclusive(from, to) * (endpoint.rowsPerDay ?? 1);
    const dayIn = (row: Row) => timeOf(row).slice(0, 10);
    return client.pages(
      {
        endpoint,
        query: { token_id: ids.join(','), startDate: from, endDate: to },
        rowsMax,
        isAsked: (row) => asked.has(row.tokenId) && dayIn(row) >= from && dayIn(row) <= to,
        keyOf: (row) => `${row.tokenId} ${timeOf(row)} ${partOf(row)}`,
        isComplete: (found) => found.size >= rowsMax,
      },
      scope,
    );
  }

  /** Where some tokens have no row and none has one: is it the tokens, or is the endpoint gone? */
  async function assertServed(
    endpoint: Endpoint,
    keys: number,
    found: ByToken<unknown>,
    scope: ReadScope,
  ): Promise<void> {
    const hasRows = [...found.values()].some((value) => !(value instanceof UpstreamError));
    if (hasRows || found.size < keys) await probe.assertServed(endpoint, hasRows, scope);
  }

  return {
    /** The newest row of each token of a daily series. */
    async latestRows<Row extends DailyRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      scope: ReadScope,
    ): Promise<ByToken<Sourced<Row>>> {
      const to = dayOf(now());
      const range = { from: addDays(to, 1 - latestDays), to };
      const found = await lists.byToken(ids, {
        path: endpoint.path,
        listMax: latestTokensPerRequest,
        ask: async (list) => {
          const { rows, unread } = await readWindow(endpoint, list, range, scope);
          const values = new Map<number, Sourced<Row> | UpstreamError>();
          for (const [id, [newest]] of groupByToken(newestFirst(rows))) {
            if (newest !== undefined) values.set(id, newest);
          }
          // Of the days that were not read one may be newer: an older row is then not the latest.
          for (const [id, error] of unread) if (list.includes(id)) values.set(id, error);
          return values;
        },
        readsLists: endpoint.listsUnproven && (() => probe.readsLists(endpoint, scope)),
      });
      await assertServed(endpoint, new Set(ids).size, found, scope);
      scope.onFresh(Math.min(endpoint.freshSeconds, secondsLeftOfDay(now())));
      return found;
    },

    /** Every row of each token in a range of days, newest first. */
    async dailyRows<Row extends SeriesRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      range: DayRange,
      scope: ReadScope,
    ): Promise<ByToken<readonly Sourced<Row>[]>> {
      const keys = new Set(ids).size;
      const days = daysInclusive(range.from, range.to);
      const limits = pageLimits(endpoint.rowsPerDay ?? 1);
      let isWhole = true;
      const found = await lists.byToken(ids, {
        path: endpoint.path,
        listMax: tileSeries(keys, days, limits).keysPerList,
        ask: async (list) => {
          const windows = windowsOf(range, daysPerRequest(list.length, limits));
          const read = await Promise.all(
            windows.map((window) => readWindow(endpoint, list, window, scope)),
          );
          if (read.some(({ unread }) => unread.size > 0)) isWhole = false;
          return groupByToken(newestFirst(read.flatMap((window) => window.rows)));
        },
        readsLists: endpoint.listsUnproven && (() => probe.readsLists(endpoint, scope)),
      });
      await assertServed(endpoint, keys, found, scope);
      // What is kept for a year must be all there is: no record left out, no token without a row.
      const isSettled = range.to < addDays(dayOf(now()), -1) && isWhole && found.size === keys;
      scope.onFresh(
        isSettled ? settledSeconds : Math.min(endpoint.freshSeconds, secondsLeftOfDay(now())),
      );
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
      const { keysPerList, pagesPerList } = tileNewestFirst(new Set(ids).size, hours, {
        pageRows,
      });
      const found = await lists.byToken(ids, {
        path: endpoint.path,
        listMax: keysPerList,
        ask: async (list) => {
          const asked = new Set(list);
          const rowsMax = Math.min(list.length * hours, pagesPerList * pageRows);
          const { rows } = await client.pages(
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
          const wanted = rows.filter((row) => row.timestamp >= from);
          return groupByToken(newestFirst(wanted));
        },
      });
      scope.onFresh(endpoint.freshSeconds);
      return found;
    },
  };
}

/** Newest first, and rows of one time in the order they came. */
function newestFirst<Row extends SeriesRow>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0));
}

/** Which of a token's rows of one day it is, where there are several. */
function partOf(row: object): string {
  return 'indicator' in row ? String(row.indicator) : '';
}
