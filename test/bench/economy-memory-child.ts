import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { createUpstreams } from '../../src/upstreams/index.ts';

/**
 * Reads so many days of so many tokens through the row cache, and prints what memory that took: run
 * with `--expose-gc`, as JSON of `{ tokenIds, ranges, env }`.
 */
const { tokenIds, ranges, env } = JSON.parse(process.argv[2] ?? '{}');
const { rows, tokenMetrics } = readConfig(env);
const { source, ...transport } = tokenMetrics;
if (source.kind === 'sandbox') throw new Error('expected an upstream');
const upstreams = createUpstreams({
  tokenMetrics: { ...transport, baseUrl: source.baseUrl, apiKey: source.apiKey.reveal() },
  rows,
  redis: undefined,
  log: pino({ level: 'silent' }),
  now: Date.now,
});

async function read(ids: readonly number[], range: { from: string; to: string }) {
  const { loaders, close } = upstreams.open({
    signal: () => new AbortController().signal,
    maxStaleMs: () => Infinity,
    spender: { caller: 'bench', priority: 'normal', operation: () => 'Memory' },
    estimate: () => 1000,
  });
  const { tradingSignals } = loaders.tokenMetrics;
  await tradingSignals.loadMany(ids.map((tokenId) => ({ tokenId, range })));
  close();
}

/** After everything that nobody can reach is gone. */
function heapBytes(): number {
  for (let round = 0; round < 4; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

// What is compiled and connected on the way is not what is measured.
await read([3375], ranges[0]);
const heapBefore = heapBytes();
for (const range of ranges) {
  for (let start = 0; start < tokenIds.length; start += 100) {
    await read(tokenIds.slice(start, start + 100), range);
  }
}
const heapAfter = heapBytes();
const [status] = await upstreams.status();
process.stdout.write(JSON.stringify({ heapBefore, heapAfter, ...status?.rows.memory }));
await upstreams.close();
