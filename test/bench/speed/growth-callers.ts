import { dataOf, topTokenIds } from './asking.ts';
import { draw, type GrowthOptions, measure, withGateway } from './growth-load.ts';
import { flat, type Growth, type Measured } from './growth-slope.ts';
import { createFolder, idsOf, type Kind, listDocument, listSize, requestOf } from './workload.ts';

const sizes = [10, 100, 1000, 10_000, 100_000];
const drawsCount = 100_000;

/** A field that counts nobody. */
const tokenDocument = `query BenchToken {
  token(by: { tokenMetricsId: 3375 }) { symbol tmGrade { grade } tradingSignal { signal } }
}`;

interface Way {
  readonly series: string;
  readonly kind: Kind;
  readonly document: string;
  readonly env: Readonly<Record<string, string>>;
  /** Fewer would be held back by `@rateLimit`, whatever their plan. */
  readonly callersMin?: number;
}

const executed = { kind: 'persisted', env: { ANSWERS_MEMORY_MB: '0' } } as const;
const ways: readonly Way[] = [
  { series: 'hot GET', kind: 'get', document: listDocument, env: {} },
  { series: 'executed POST, one token', document: tokenDocument, ...executed },
  {
    ...{ series: 'executed POST, counted list', document: listDocument, ...executed },
    callersMin: 1000,
  },
];

/** How many callers have a key; requests are of callers drawn from all of them. */
export async function measureCallers({ seconds, say }: GrowthOptions): Promise<Growth> {
  const measured: Measured[] = [];
  for (const size of sizes) {
    const folder = await createFolder({ callers: size, documents: [tokenDocument] });
    const { keys } = folder;
    const askers = draw(keys, drawsCount);
    try {
      for (const { series, kind, document, env, callersMin = 1 } of ways) {
        if (size < callersMin) continue;
        say(`${size} callers, ${series}`);
        await withGateway(folder, env, async (started) => {
          const { origin } = started.gateway;
          const [key = ''] = keys;
          const ids = idsOf(await topTokenIds(origin, key, listSize));
          const request = requestOf(kind, document, ids);
          const data = await dataOf(origin, request, key);
          const asked = { inUse: [request], askers, data, seconds };
          measured.push(await measure({ series, size, started, folder, ...asked }));
        });
      }
    } finally {
      await folder.remove();
    }
  }
  return { what: 'callers', bound: flat, measured, hasStarts: true };
}
