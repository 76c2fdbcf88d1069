import { UpstreamError } from '../errors.ts';
import type { FetchScope } from '../rows/row-set.ts';
import type { Upstream, UpstreamAnswer } from '../wire/upstream.ts';
import {
  analystPath,
  type ChartName,
  charts,
  type Endpoint,
  type Provenance,
} from './endpoints.ts';
import { readAnalyst, readChart, readContent, readEnvelope } from './envelope.ts';
import { defaultPageRows, pageRows } from './plan.ts';
import { createRefusals } from './refusals.ts';
import { tokenRef } from './token-rows.ts';

export const upstreamName = 'tokenMetrics';

/** The generation of the API that is spoken to. */
export type TokenMetricsVersion = 'v2' | 'v3';

export interface TokenMetricsClientOptions {
  readonly upstream: Upstream;
  readonly version: TokenMetricsVersion;
  /** The deadline of a question to the analyst, who thinks for long, in milliseconds. */
  readonly analystTimeoutMs: number;
  readonly now: () => number;
  /** Told of records that could not be read, or that nobody had asked for. */
  readonly onDropped: (endpoint: string, reason: 'wrong-shape' | 'not-asked', rows: number) => void;
}

export interface PagedRead<Row> {
  readonly endpoint: Endpoint<Row>;
  readonly query: Readonly<Record<string, string>>;
  /** Rows the read can have at most; decides whether a `limit` must be sent. */
  readonly rowsMax: number;
  /** Whether a row was asked for; others are counted and dropped. */
  readonly isAsked: (row: Row) => boolean;
  /** Keeps a row that was asked for, unless it is one that was kept before: then false. */
  readonly take: (row: Row & Provenance) => boolean;
  /** Whether the rows so far leave nothing to ask for; without it a read ends with a short page. */
  readonly isComplete?: () => boolean;
}

/** One page as it came. */
export interface Page<Row> {
  readonly rows: readonly (Row & Provenance)[];
  /** Records the upstream sent, readable or not. */
  readonly sent: number;
  /** Tokens with a record that could not be read: theirs is not "no row", nothing is known of it. */
  readonly unread: ReadonlyMap<number, UpstreamError>;
}

/** What there is to know of a read besides the rows it took. */
export interface PagesRead extends Pick<Page<unknown>, 'unread'> {
  /** Records on the last page. */
  readonly sent: number;
}

const noneUnread: ReadonlyMap<number, UpstreamError> = new Map();

/** Lists that the third generation cuts short unless asked for whole. */
const expansions = 'exchange_list,category_list';

export type TokenMetricsClient = ReturnType<typeof createTokenMetricsClient>;

/** Process-long: one request, or one read over as many pages as it has, as parsed rows. */
export function createTokenMetricsClient(options: TokenMetricsClientOptions) {
  const { upstream, version, analystTimeoutMs, now, onDropped } = options;

  const refusals = createRefusals(now);

  /** What the third generation has left behind, or what was refused just now, is not asked for. */
  function assertServed(path: string, isV2Only: boolean | undefined): void {
    if (version === 'v3' && isV2Only === true) {
      throw new UpstreamError({ upstream: upstreamName, endpoint: path, kind: 'withdrawn' });
    }
    refusals.assertNotRefused(path);
  }

  /** What an answer means; refusals are remembered. */
  function read<T>(answer: UpstreamAnswer, content: (answer: UpstreamAnswer) => T): T {
    try {
      return content(answer);
    } catch (error) {
      refusals.note(error);
      throw error;
    }
  }

  const provenanceOf = ({ headers }: UpstreamAnswer): Provenance => ({
    source: headers['x-sandbox'] === undefined ? 'TOKEN_METRICS' : 'SANDBOX',
    fetchedAtMs: now(),
  });

  /** One page: the rows that fit their shape, and how many records the upstream sent. */
  async function page<Row>(
    endpoint: Endpoint<Row>,
    query: Readonly<Record<string, string>>,
    scope: FetchScope,
  ): Promise<Page<Row>> {
    assertServed(endpoint.path, endpoint.isV2Only);
    const answer = await upstream.get({
      path: endpoint.path,
      query: version === 'v3' && endpoint.isExpandable ? { ...query, expand: expansions } : query,
      ...scope,
    });
    const records = read(answer, (whole) => readEnvelope(upstreamName, endpoint.path, whole));
    const readRow = endpoint.row.with(provenanceOf(answer));
    const rows: (Row & Provenance)[] = [];
    const unread: unknown[] = [];
    for (const record of records) {
      const row = readRow(record);
      if (row === undefined) unread.push(record);
      else rows.push(row);
    }
    if (unread.length === 0) return { rows, sent: records.length, unread: noneUnread };
    onDropped(endpoint.path, 'wrong-shape', unread.length);
    const unreadable = new UpstreamError({
      upstream: upstreamName,
      endpoint: endpoint.path,
      kind: 'bad-data',
      status: answer.status,
    });
    // An answer none of whose records can be read is not "no rows": nothing is known.
    if (rows.length === 0) throw unreadable;
    const tokenIds = unread.flatMap((record) => tokenRef(record)?.tokenId ?? []);
    return {
      rows,
      sent: records.length,
      unread: new Map(tokenIds.map((tokenId) => [tokenId, unreadable])),
    };
  }

  return {
    page,

    /** Takes the rows of pages until a short page, or until nothing is missing. */
    async pages<Row>(read: PagedRead<Row>, scope: FetchScope): Promise<PagesRead> {
      const { endpoint, isAsked, take, isComplete } = read;
      const limit = read.rowsMax > defaultPageRows ? pageRows : defaultPageRows;
      const query =
        limit === defaultPageRows ? read.query : { ...read.query, limit: String(limit) };
      let unread = noneUnread;
      for (let number = 1; ; number += 1) {
        const paged = number === 1 ? query : { ...query, page: String(number) };
        const { rows, sent, unread: unreadHere } = await page(endpoint, paged, scope);
        let asked = 0;
        let taken = 0;
        for (const row of rows) {
          if (!isAsked(row)) continue;
          asked += 1;
          if (take(row)) taken += 1;
        }
        if (asked < rows.length) onDropped(endpoint.path, 'not-asked', rows.length - asked);
        if (unreadHere.size > 0) unread = new Map([...unread, ...unreadHere]);
        // A full page with nothing new is the same page again: the upstream does not know `page`.
        const isLast = sent < limit || taken === 0;
        if (isLast || isComplete?.() === true) return { sent, unread };
      }
    },

    /** Where the upstream has drawn a picture; null when there is none of what was asked. */
    async chart(name: ChartName, query: Readonly<Record<string, string>>, scope: FetchScope) {
      const path = charts[name];
      assertServed(path, true);
      const answer = await upstream.get({ path, query, ...scope });
      const chart = read(answer, (whole) => readContent(upstreamName, path, whole, readChart));
      return chart === null ? null : { ...chart, ...provenanceOf(answer) };
    },

    /** Puts a question to the analyst: sent once, never shared, never kept. */
    async ask(question: string, scope: FetchScope, signal: AbortSignal) {
      assertServed(analystPath, true);
      const answer = await upstream.post({
        path: analystPath,
        body: { messages: [{ user: question }] },
        ...scope,
        signal,
        timeoutMs: analystTimeoutMs,
      });
      const said = read(answer, (whole) =>
        readContent(upstreamName, analystPath, whole, readAnalyst),
      );
      return said === null ? null : { ...said, ...provenanceOf(answer) };
    },
  };
}
