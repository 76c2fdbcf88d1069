import type { UpstreamError } from '../errors.ts';
import { chunk } from '../tiling/tiling.ts';
import type { FetchScope } from '../rows/row-set.ts';
import type { TokenMetricsClient } from './client.ts';
import type { Endpoint, Provenance } from './endpoints.ts';
import type { ByToken, ListReader } from './lists.ts';
import { defaultPageRows, namesPerRequest, pageRows, symbolsPerRequest } from './plan.ts';
import type { Probe } from './probe.ts';
import { type NamedRow, takeOnce, type TokenRow } from './token-rows.ts';

type Sourced<Row> = Row & Provenance;

interface WordFilter {
  readonly parameter: string;
  readonly perRequest: number;
  /** A word as it is asked for. */
  readonly spell: (word: string) => string;
  readonly wordOf: (row: NamedRow) => string;
}

export interface TokenReadsOptions {
  readonly client: TokenMetricsClient;
  readonly lists: ListReader;
  readonly probe: Probe;
}

/** Reads of one row a token: in lists as planned, matched by id, an error only where it is. */
export function createTokenReads({ client, lists, probe }: TokenReadsOptions) {
  async function readList<Row extends TokenRow>(
    endpoint: Endpoint<Row>,
    ids: readonly number[],
    scope: FetchScope,
  ): Promise<ByToken<Sourced<Row>>> {
    const asked = new Set(ids);
    const found = new Map<number, Sourced<Row> | UpstreamError>();
    const { sent, unread } = await client.pages(
      {
        endpoint,
        query: { token_id: ids.join(',') },
        rowsMax: ids.length,
        isAsked: (row) => asked.has(row.tokenId),
        take: takeOnce<number, Sourced<Row>>(found, ({ tokenId }) => tokenId),
        isComplete: () => found.size >= ids.length,
      },
      scope,
    );
    for (const [id, error] of unread) if (asked.has(id) && !found.has(id)) found.set(id, error);
    const missing = ids.filter((id) => !found.has(id));
    const isCut = endpoint.limitUnproven === true && sent === defaultPageRows && found.size > 0;
    if (!isCut || missing.length === 0) return found;
    return new Map([...found, ...(await readList(endpoint, missing, scope))]);
  }

  /** Every token with one of the words in a filter that several tokens may fit. */
  async function readBy<Row extends NamedRow>(
    endpoint: Endpoint<Row>,
    words: readonly string[],
    scope: FetchScope,
    { parameter, perRequest, spell, wordOf }: WordFilter,
  ): Promise<readonly Sourced<Row>[]> {
    // The upstream compares without case: a word in several cases is one.
    const wanted = new Map(words.map((word) => [word.toUpperCase(), spell(word)]));
    const answers = await Promise.all(
      chunk([...wanted.values()].sort(), perRequest).map(async (list) => {
        const asked = new Set(list.map((word) => word.toUpperCase()));
        const rows = new Map<number, Sourced<Row>>();
        await client.pages(
          {
            endpoint,
            query: { [parameter]: list.join(',') },
            rowsMax: pageRows,
            isAsked: (row) => asked.has(wordOf(row).toUpperCase()),
            take: takeOnce(rows, ({ tokenId }) => tokenId),
          },
          scope,
        );
        return [...rows.values()];
      }),
    );
    return answers.flat();
  }

  return {
    /** The one row of each token. */
    async tokenRows<Row extends TokenRow>(
      endpoint: Endpoint<Row>,
      ids: readonly number[],
      scope: FetchScope,
    ): Promise<ByToken<Sourced<Row>>> {
      const found = await lists.byToken(ids, {
        path: endpoint.path,
        listMax: pageRows,
        ask: (list) => readList(endpoint, list, scope),
        readsLists: endpoint.listsUnproven && (() => probe.readsLists(endpoint, scope)),
      });
      if (found.size === 0) await probe.assertServed(endpoint, false, scope);
      return found;
    },

    /** Every token that carries one of the symbols, in whatever case. */
    symbolRows<Row extends NamedRow>(
      endpoint: Endpoint<Row>,
      symbols: readonly string[],
      scope: FetchScope,
    ): Promise<readonly Sourced<Row>[]> {
      return readBy(endpoint, symbols, scope, {
        parameter: 'symbol',
        perRequest: symbolsPerRequest,
        spell: (symbol) => symbol.toUpperCase(),
        wordOf: (row) => row.tokenSymbol,
      });
    },

    /** Every token that has one of the names, in whatever case. */
    nameRows<Row extends NamedRow>(
      endpoint: Endpoint<Row>,
      names: readonly string[],
      scope: FetchScope,
    ): Promise<readonly Sourced<Row>[]> {
      return readBy(endpoint, names, scope, {
        parameter: 'token_name',
        perRequest: namesPerRequest,
        spell: (name) => name,
        wordOf: (row) => row.tokenName,
      });
    },
  };
}
