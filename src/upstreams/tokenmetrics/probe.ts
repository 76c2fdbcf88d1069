import { UpstreamError } from '../errors.ts';
import type { FetchScope } from '../rows/row-set.ts';
import { type TokenMetricsClient, upstreamName } from './client.ts';
import type { Endpoint } from './endpoints.ts';
import { createVerdicts } from './verdicts.ts';

/**
 * Two tokens that every endpoint of this upstream covers, Ethereum and Bitcoin: what they are
 * answered with tells "no rows" from "no endpoint", and "no rows" from "no lists".
 */
const covered = [3306, 3375] as const;

export type Probe = ReturnType<typeof createProbe>;

/** Questions about an endpoint itself, each answered by one request for tokens it must know. */
export function createProbe(client: TokenMetricsClient, now: () => number) {
  const served = createVerdicts(now);

  async function answered(endpoint: Endpoint, scope: FetchScope) {
    const { rows } = await client.page(endpoint, { token_id: covered.join(',') }, scope);
    const ids = new Set(rows.flatMap(tokenIdOf));
    return covered.filter((id) => ids.has(id));
  }

  return {
    /** Whether the endpoint reads more than the first of several ids; `undefined` when it knows neither. */
    async readsLists(endpoint: Endpoint, scope: FetchScope): Promise<boolean | undefined> {
      const ids = await answered(endpoint, scope);
      return ids.length === 0 ? undefined : ids.length > 1 || ids[0] !== covered[0];
    },

    /** Throws `withdrawn` when an endpoint that may be, and just gave no row, has none for anybody. */
    async assertServed(endpoint: Endpoint, hasRows: boolean, scope: FetchScope): Promise<void> {
      const { path, withdrawnSince } = endpoint;
      if (withdrawnSince === undefined) return;
      if (hasRows) return served.set(path, true);
      if (served.of(path) === undefined) {
        // A list of everything that is empty has been asked for everybody already.
        const isServed = endpoint.reads !== 'list' && (await answered(endpoint, scope)).length > 0;
        served.set(path, isServed);
      }
      if (served.of(path) === false) {
        throw new UpstreamError({ upstream: upstreamName, endpoint: path, kind: 'withdrawn' });
      }
    },
  };
}

function tokenIdOf(row: unknown): number[] {
  const hasId = typeof row === 'object' && row !== null && 'tokenId' in row;
  return hasId && typeof row.tokenId === 'number' ? [row.tokenId] : [];
}
