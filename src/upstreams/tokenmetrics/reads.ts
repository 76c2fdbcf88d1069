import type { TokenMetricsClient } from './client.ts';
import { createListReads } from './list-reads.ts';
import type { ListReader } from './lists.ts';
import { createProbe } from './probe.ts';
import { createRangeReads } from './range-reads.ts';
import { createSeriesReads } from './series-reads.ts';
import { createTokenReads } from './token-reads.ts';

export type { DayRange } from '../../calendar.ts';

export interface TokenMetricsReadsOptions {
  readonly client: TokenMetricsClient;
  readonly lists: ListReader;
  readonly now: () => number;
  readonly onListed?: (path: string, rows: number) => void;
}

export type TokenMetricsReads = ReturnType<typeof createTokenMetricsReads>;

/** Every way of reading this upstream: tokens, series and whole lists. */
export function createTokenMetricsReads(options: TokenMetricsReadsOptions) {
  const { client, lists, now, onListed = () => {} } = options;
  const parts = { client, lists, now, onListed, probe: createProbe(client, now) };
  return {
    ...createTokenReads(parts),
    ...createSeriesReads(parts),
    ...createRangeReads(parts),
    ...createListReads(parts),
    chart: (...asked: Parameters<typeof client.chart>) => client.chart(...asked),
    ask: (...asked: Parameters<typeof client.ask>) => client.ask(...asked),
  };
}
