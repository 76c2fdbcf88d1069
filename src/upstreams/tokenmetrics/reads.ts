import type { TokenMetricsClient } from './client.ts';
import { createListReads } from './list-reads.ts';
import type { ListReader } from './lists.ts';
import { createProbe } from './probe.ts';
import { createSeriesReads } from './series-reads.ts';
import { createTokenReads } from './token-reads.ts';

export type { DayRange } from '../../calendar.ts';

export interface TokenMetricsReadsOptions {
  readonly client: TokenMetricsClient;
  readonly lists: ListReader;
  readonly now: () => number;
}

export type TokenMetricsReads = ReturnType<typeof createTokenMetricsReads>;

/** Every way of reading this upstream: tokens, series and whole lists. */
export function createTokenMetricsReads({ client, lists, now }: TokenMetricsReadsOptions) {
  const parts = { client, lists, now, probe: createProbe(client, now) };
  return { ...createTokenReads(parts), ...createSeriesReads(parts), ...createListReads(parts) };
}
