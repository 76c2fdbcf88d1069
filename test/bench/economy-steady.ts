import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { createUpstreams } from '../../src/upstreams/index.ts';
import { counted, type Line, type Size } from './economy-line.ts';
import { floorOfOne, zipf } from './economy-load.ts';
import { startUpstream, tokenIds, within } from './economy-world.ts';

const perSecond = 50;
const lifetimeMs = 300_000;
/** Of the renewals this many may be left when tokens that are due ride along with others. */
const seatedShare = 0.25;

/** One asks after the other as time goes by; what expires is asked for anew, and what is about to rides along. */
export async function steadyPrices({ tokens, steadySeconds }: Size): Promise<readonly Line[]> {
  const asked = zipf(tokenIds(tokens), steadySeconds * perSecond, 2);
  return within(async (keep) => {
    const startMs = Date.UTC(2026, 0, 15, 12);
    let nowMs = startMs;
    const now = () => nowMs;
    const upstream = keep(await startUpstream({ tokens, now }));
    const { rows, tokenMetrics } = readConfig({
      TOKENMETRICS_BASE_URL: `${upstream.url}/v2`,
      TOKENMETRICS_API_KEY: upstream.key,
      TOKENMETRICS_LIFETIMES: `price=${lifetimeMs / 1000}`,
      ROWS_WINDOW_MS: '0',
    });
    const { source, ...transport } = tokenMetrics;
    if (source.kind === 'sandbox') throw new Error('expected an upstream');
    const { baseUrl } = source;
    const apiKey = source.apiKey.reveal();
    const upstreams = keep(
      createUpstreams({
        ...{ tokenMetrics: { ...transport, baseUrl, apiKey }, rows, redis: undefined, now },
        log: pino({ level: 'silent' }),
      }),
    );
    const landed = async () => {
      // A value that was given out is fetched behind its back: time stands still until it is there.
      for (let before = -1; before !== upstream.requests.length;) {
        before = upstream.requests.length;
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
    };
    let failed = 0;
    for (const [index, id] of asked.entries()) {
      nowMs = startMs + (index * 1000) / perSecond;
      const { loaders, sources, close } = upstreams.open({
        signal: () => new AbortController().signal,
        maxStaleMs: () => Infinity,
        spender: { caller: 'bench', priority: 'normal', operation: () => 'Price' },
        estimate: () => 1,
      });
      if ((await loaders.tokenMetrics.price.load(id)) === null) failed += 1;
      close();
      const [tally] = sources.values();
      if (tally !== undefined && tally.stale > 0) await landed();
    }
    const calls = upstream.requests.length;
    const alone = callsAlone(asked);
    const floor = floorOfLifetimes(asked);
    // Who comes one at a time finds nobody to share a first request with.
    const first = new Set(asked).size;
    const [renewals, renewalsAlone] = [calls - first, alone - first];
    const perQuery = (figure: number) => `${(figure / asked.length).toFixed(4)} a query`;
    return [
      {
        name: `prices for ${counted(steadySeconds)} s at ${perSecond} queries/s, one at a time`,
        bound: `floor ${counted(floor)}; each token by itself ${counted(alone)}, ${perQuery(alone)}`,
        measured: `${counted(calls)} calls, ${perQuery(calls)}, ${failed} failed`,
        isKept: calls <= alone && failed === 0,
      },
      {
        name: '  of these for what has expired',
        bound: `≤ ${seatedShare} × ${counted(renewalsAlone)}, each token by itself`,
        measured: counted(renewals),
        isKept: renewals <= seatedShare * renewalsAlone,
      },
    ];
  });
}

/** Every token asked for by itself whenever its lifetime is over. */
function callsAlone(asked: readonly number[]): number {
  const freshUntil = new Map<number, number>();
  let calls = 0;
  for (const [index, id] of asked.entries()) {
    const atMs = (index * 1000) / perSecond;
    if ((freshUntil.get(id) ?? -1) >= atMs) continue;
    freshUntil.set(id, atMs + lifetimeMs);
    calls += 1;
  }
  return calls;
}

/** In every lifetime, what is asked for in it, in full lists. */
function floorOfLifetimes(asked: readonly number[]): number {
  const perLifetime = (lifetimeMs / 1000) * perSecond;
  let calls = 0;
  for (let start = 0; start < asked.length; start += perLifetime) {
    calls += floorOfOne(new Set(asked.slice(start, start + perLifetime)).size);
  }
  return calls;
}
