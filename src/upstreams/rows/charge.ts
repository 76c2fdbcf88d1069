import type { Span } from '../../tracing/trace.ts';
import { UpstreamError } from '../errors.ts';
import type { Demand } from './demand.ts';
import type { RowCounts } from './row-counts.ts';
import type { FetchScope } from './row-set.ts';

/** What a fetch has cost so far. */
export interface Bill {
  calls: number;
}

export interface ChargeOptions {
  readonly upstream: string;
  readonly endpoint: string;
  /** Who reserved what is spent. */
  readonly sponsor: Demand;
  readonly bill: Bill;
  /** Whether nobody waits for the answer any more. */
  readonly isAbandoned: () => boolean;
  readonly spans: readonly Span[];
}

/** Lets requests leave at the expense of an operation, and counts them. */
export function chargeTo({
  upstream,
  endpoint,
  sponsor,
  bill,
  isAbandoned,
  spans,
}: ChargeOptions): FetchScope {
  const count = (calls: number) => {
    bill.calls += calls;
    const byEndpoint = sponsor.tally.calls;
    byEndpoint.set(endpoint, (byEndpoint.get(endpoint) ?? 0) + calls);
  };
  return {
    spans,
    onAttempt: async () => {
      // What has left is paid for and goes on; what has not is not sent for nobody.
      if (isAbandoned()) throw new UpstreamError({ upstream, endpoint, kind: 'cancelled' });
      await sponsor.account.draw();
      count(1);
    },
    onUnsent: () => {
      sponsor.account.giveBack();
      count(-1);
    },
  };
}

interface AloneOptions extends Pick<ChargeOptions, 'upstream' | 'endpoint'> {
  readonly counts: Pick<RowCounts, 'misses' | 'failed' | 'calls'>;
}

/** A request that is shared with nobody and kept for nobody: an operation bears all of it. */
export async function chargedAlone<T>(
  { upstream, endpoint, counts }: AloneOptions,
  demand: Demand,
  send: (scope: FetchScope) => Promise<T>,
): Promise<T> {
  const { account, tally, signal, span } = demand;
  const bill = { calls: 0 };
  const isAbandoned = () => signal.aborted;
  account.depart();
  tally.misses += 1;
  counts.misses += 1;
  tally.freshSeconds = 0;
  try {
    await account.admit();
    const spans = span === undefined ? [] : [span];
    return await send(chargeTo({ upstream, endpoint, sponsor: demand, bill, isAbandoned, spans }));
  } catch (error) {
    tally.failed += 1;
    counts.failed += 1;
    throw error;
  } finally {
    account.bear(endpoint, bill.calls);
    tally.credits += bill.calls;
    counts.calls += bill.calls;
    account.land();
  }
}
