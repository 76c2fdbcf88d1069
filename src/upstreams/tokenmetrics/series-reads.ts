import { type DayRange, daysInclusive, hoursInclusive, windowsOf } from '../../calendar.ts';
import { orError, UpstreamError } from '../errors.ts';
import type { FetchScope } from '../rows/row-set.ts';
import { daysPerRequest, tileNewestFirst, tileSeries } from '../tiling/tiling.ts';
import type { Page, TokenMetricsClient } from './client.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import type { ByToken, ListReader } from './lists.ts';
import { pageLimits, pageRows } from './plan.ts';
import type { Probe } from './probe.ts';
import { groupByToken, type HourlyRow, type SeriesRow, timeOf } from './token-rows.ts';

type Sourced<Row> = Row & Provenance;

export interface SeriesReadsOptions {
  readonly client: TokenMetricsClient;
  readonly lists: ListReader;
  readonly probe: Probe;
  readonly now: () => number;
}

/** What is known of a token's series. */
export interface Series<Row> {
  /** Newest first. */
  readonly rows: readonly Sourced<Row>[];
  /** Of records that could not be read, whatever their day. */
  readonly unread?: UpstreamError;
  /** Days that could not be asked for. */
  readonly failed: readonly FailedDays[];
}

interface FailedDays extends DayRange {
  readonly error: UpstreamError;
}

/** Reads of many rows a token: in lists and windows as planned, matched by id and time. */
export function createSeriesReads({ client, lists, probe, now }: SeriesReadsOptions) {
  /** The rows of one list of tokens over one window, which fit one page. */
  function readWindow<Row extends SeriesRow>(
    endpoint: Endpoint<Row>,
    ids: readonly number[],
    { from, to }: DayRange,
    scope: FetchScope,
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
    found: ByToken<Series<SeriesRow>>,
    scope: FetchScope,
  ): Promise<void> {
    const hasRows = [...found.values()].some(
      (known) => !(known instanceof UpstreamError) && known.rows.length > 0,
    );
    if (hasRows || found.size < keys) await probe.assertServed(endpoint, hasRows, scope);
  }

  return {
    /** Every row of each token in a range of days, newest first. */
    async dailyRows<Row extends SeriesRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      range: DayRange,
      scope: FetchScope,
    ): Promise<ByToken<Series<Row>>> {
      const keys = new Set(ids).size;
      const days = daysInclusive(range.from, range.to);
      const limits = pageLimits(endpoint.rowsPerDay ?? 1);
      const found = await lists.byToken(ids, {
        path: endpoint.path,
        listMax: tileSeries(keys, days, limits).keysPerList,
        ask: async (list) => {
          const windows = windowsOf(range, daysPerRequest(list.length, limits));
          const read = await Promise.all(
            windows.map(async (window) => ({
              window,
              page: await orError(readWindow(endpoint, list, window, scope)),
            })),
          );
          return seriesOf(list, read);
        },
        readsLists: endpoint.listsUnproven && (() => probe.readsLists(endpoint, scope)),
      });
      await assertServed(endpoint, keys, found, scope);
      return found;
    },

    /** Every row of each token since an instant, newest first; the upstream takes no dates here. */
    async hourlyRows<Row extends HourlyRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      fromMs: number,
      scope: FetchScope,
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
      return found;
    },
  };
}

/** What was read of each token of a list; tokens of which the upstream sent nothing are absent. */
function seriesOf<Row extends SeriesRow>(
  list: readonly number[],
  reads: readonly { readonly window: DayRange; readonly page: Page<Row> | UpstreamError }[],
): ByToken<Series<Row>> {
  const pages: Page<Row>[] = [];
  const failed: FailedDays[] = [];
  for (const { window, page } of reads) {
    if (page instanceof UpstreamError) failed.push({ ...window, error: page });
    else pages.push(page);
  }
  const [first] = failed;
  if (first !== undefined && pages.length === 0) throw first.error;
  const rowsOf = groupByToken(pages.flatMap(({ rows }) => rows));
  const unreadOf = new Map(pages.flatMap(({ unread }) => (unread.size === 0 ? [] : [...unread])));
  const series = new Map<number, Series<Row>>();
  for (const id of list) {
    const rows = newestFirst(rowsOf.get(id) ?? []);
    const unread = unreadOf.get(id);
    if (rows.length === 0 && unread === undefined && failed.length === 0) continue;
    series.set(id, { rows, failed, ...(unread === undefined ? {} : { unread }) });
  }
  return series;
}

/** Newest first, and rows of one time in the order they came. */
function newestFirst<Row extends SeriesRow>(rows: readonly Row[]): readonly Row[] {
  if (isNewestFirst(rows)) return rows;
  return rows.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0));
}

function isNewestFirst(rows: readonly SeriesRow[]): boolean {
  let before: string | undefined;
  for (const row of rows) {
    const time = timeOf(row);
    if (before !== undefined && before < time) return false;
    before = time;
  }
  return true;
}

/** Which of a token's rows of one day it is, where there are several. */
function partOf(row: object): string {
  return 'indicator' in row ? String(row.indicator) : '';
}
