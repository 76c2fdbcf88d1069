import { type DayRange, daysInclusive, hoursInclusive, windowsOf } from '../../calendar.ts';
import { orError, UpstreamError } from '../errors.ts';
import type { FetchScope } from '../rows/row-set.ts';
import { daysPerRequest, tileNewestFirst, tileSeries } from '../tiling/tiling.ts';
import type { TokenMetricsClient } from './client.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import type { ByToken, ListReader } from './lists.ts';
import { pageLimits, pageRows } from './plan.ts';
import type { Probe } from './probe.ts';
import { dayOfRow, type HourlyRow, type SeriesRow } from './token-rows.ts';
import { newestFirst, TokenSeries } from './token-series.ts';

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
  async function readWindow<Row extends SeriesRow>(
    endpoint: Endpoint<Row>,
    ids: readonly number[],
    { from, to }: DayRange,
    scope: FetchScope,
  ): Promise<Window<Row>> {
    const asked = new Set(ids);
    const rows = new TokenSeries<Sourced<Row>>();
    const rowsMax = ids.length * daysInclusive(from, to) * (endpoint.rowsPerDay ?? 1);
    const isWithin = (day: string) => day >= from && day <= to;
    const { unread } = await client.pages(
      {
        endpoint,
        query: { token_id: ids.join(','), startDate: from, endDate: to },
        rowsMax,
        isAsked: (row) => asked.has(row.tokenId) && isWithin(dayOfRow(row)),
        take: (row) => rows.take(row),
        isComplete: () => rows.size >= rowsMax,
      },
      scope,
    );
    return { rows, unread };
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
              known: await orError(readWindow(endpoint, list, window, scope)),
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
          const rows = new TokenSeries<Sourced<Row>>();
          const rowsMax = Math.min(list.length * hours, pagesPerList * pageRows);
          let hasOlder = false;
          await client.pages(
            {
              endpoint,
              query: { token_id: list.join(',') },
              rowsMax,
              isAsked: (row) => asked.has(row.tokenId),
              take: (row) => {
                hasOlder ||= row.timestamp < from;
                return rows.take(row);
              },
              isComplete: () => rows.size >= rowsMax || hasOlder,
            },
            scope,
          );
          const series = new Map<number, readonly Sourced<Row>[]>();
          for (const id of list) {
            const wanted = rows.of(id).filter((row) => row.timestamp >= from);
            if (wanted.length > 0) series.set(id, newestFirst(wanted));
          }
          return series;
        },
      });
      return found;
    },
  };
}

/** What is known of a window: its rows, and the tokens with records that could not be read. */
interface Window<Row extends SeriesRow> {
  readonly rows: TokenSeries<Sourced<Row>>;
  readonly unread: ReadonlyMap<number, UpstreamError>;
}

/** What was read of each token of a list; tokens of which the upstream sent nothing are absent. */
function seriesOf<Row extends SeriesRow>(
  list: readonly number[],
  reads: readonly { readonly window: DayRange; readonly known: Window<Row> | UpstreamError }[],
): ByToken<Series<Row>> {
  const windows: Window<Row>[] = [];
  const failed: FailedDays[] = [];
  for (const { window, known } of reads) {
    if (known instanceof UpstreamError) failed.push({ ...window, error: known });
    else windows.push(known);
  }
  const [first] = failed;
  if (first !== undefined && windows.length === 0) throw first.error;
  const series = new Map<number, Series<Row>>();
  for (const id of list) {
    const rows = newestFirst(windows.flatMap((window) => window.rows.of(id)));
    const unread = windows.findLast((window) => window.unread.has(id))?.unread.get(id);
    if (rows.length === 0 && unread === undefined && failed.length === 0) continue;
    series.set(id, { rows, failed, ...(unread === undefined ? {} : { unread }) });
  }
  return series;
}
