/**
 * What an answer costs whose data was compressed before: the prefix put before kept data, and the whole
 * body compressed anew, on one thread, in turns, by medians. Also what leaves the process, the cost of
 * keeping, and the same for shorter data, which says from where on it is worth it.
 *
 *     npx tsx test/bench/encodings.ts
 */
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { choose, keepEncodings } from '../../src/fast-path/encodings.ts';
import { createRandom } from '../support/random.ts';

const { next, pick } = createRandom(7);
const extensions = {
  cost: {
    ...{ points: 41, pointsLimit: 10_000 },
    credits: { estimated: 3, limit: 100, spent: 0 },
    throttle: { limit: 600, remaining: 512, resetSeconds: 41 },
  },
  sources: [
    {
      ...{ name: 'TOKEN_METRICS', state: 'FRESH', oldestAgeSeconds: 12, hits: 60, misses: 0 },
      ...{ joins: 0, stale: 0, failed: 0, calls: 0, credits: 0 },
    },
  ],
};
const prefix = `{"extensions":${JSON.stringify(extensions)},"data":`;

const shortNode = (index: number) => ({
  ...{ symbol: `TKN${index}`, tmGrade: { grade: Math.round(next() * 1000) / 10 } },
  tradingSignal: { signal: pick(['BULLISH', 'BEARISH', 'NEUTRAL']) },
});
const longNode = (index: number) => ({
  id: Buffer.from(`Token:${3375 + index}`).toString('base64url'),
  ...{ symbol: `TKN${index}`, name: `Token number ${index}` },
  price: { usd: (next() * 1000).toFixed(8), source: 'TOKEN_METRICS' },
  tmGrade: { grade: next() * 100, rating: pick(['BUY', 'SELL']), changePercent24h: next() },
  tradingSignal: { date: '2026-11-21', signal: pick(['BULLISH', 'BEARISH']), trend: 'UP' },
  quantMetrics: { sharpe: next(), sortino: next(), volatility: next() },
});
const tailOf = (node: (index: number) => object, count: number) =>
  `${JSON.stringify({ topTokens: { nodes: Array.from({ length: count }, (_, at) => node(at)) } })}}`;
const tails = [4, 8, 12, 20].map((count) => tailOf(shortNode, count));
tails.push(tailOf(longNode, 50), tailOf(longNode, 136));

const quality = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 18 };
const rounds = { warm: 5, counted: 25 };
const median = (times: readonly number[]) =>
  times.toSorted((one, other) => one - other)[times.length >> 1] ?? 0;

/** What is made is looked at, so that it is made. */
let bytesSeen = 0;

/** Microseconds of one, of as many as take a while. */
function timeOf(work: () => Buffer | string, times: number): number {
  const startedAt = performance.now();
  for (let done = 0; done < times; done += 1) bytesSeen += work().length;
  return ((performance.now() - startedAt) * 1000) / times;
}

async function ready(make: () => Buffer | undefined): Promise<number> {
  const startedAt = performance.now();
  while (make() === undefined) await delay(0);
  return performance.now() - startedAt;
}

const columns = ['bytes', 'sent', 'spliced', 'anew', 'ratio', 'ready', 'kept'];
const line = (name: string, cells: readonly (string | number)[]) =>
  process.stdout.write(
    `${[name.padEnd(9), ...cells.map((cell) => String(cell).padStart(9))].join(' ')}\n`,
  );
process.stdout.write(`Node ${process.version}; prefix of ${prefix.length} bytes; µs an answer\n`);
line('', columns);

for (const tail of tails) {
  const kept = keepEncodings(Buffer.from(tail));
  const body = prefix + tail;
  const whole = {
    gzip: () => gzipSync(body, { level: 6 }),
    br: () => brotliCompressSync(body, { params: quality }),
  };
  line('identity', [body.length, body.length]);
  for (const coding of ['gzip', 'br'] as const) {
    const before = kept.bytes();
    const readyMs = await ready(() => kept[coding](prefix));
    const spliced = () => kept[coding](prefix) ?? Buffer.alloc(0);
    const times: Record<'spliced' | 'anew', number[]> = { spliced: [], anew: [] };
    for (let round = -rounds.warm; round < rounds.counted; round += 1) {
      const [one, other] = [timeOf(spliced, 500), timeOf(whole[coding], 10)];
      if (round < 0) continue;
      times.spliced.push(one);
      times.anew.push(other);
    }
    const [one, other] = [median(times.spliced), median(times.anew)];
    const sent = `${spliced().length}/${whole[coding]().length}`;
    const figures = [one.toFixed(1), other.toFixed(1), (other / one).toFixed(0)];
    line(coding, [body.length, sent, ...figures, `${readyMs.toFixed(1)}ms`, kept.bytes() - before]);
  }
}

const headers = ['gzip, deflate, br', 'gzip;q=0.8, br;q=0.9, *;q=0.1'];
for (const header of headers) {
  const time = median(Array.from({ length: 15 }, () => timeOf(() => choose(header), 100_000)));
  process.stdout.write(`choose(${header}): ${time.toFixed(3)} µs\n`);
}
if (bytesSeen === 0) throw new Error('expected bodies');
