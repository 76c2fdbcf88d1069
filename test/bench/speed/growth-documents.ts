import { dataOf, topTokenIds } from './asking.ts';
import { draw, type GrowthOptions, measure, ways, withGateway } from './growth-load.ts';
import { flat, type Growth, type Measured } from './growth-slope.ts';
import { createFolder, idsOf, listDocument, listSize, requestOf } from './workload.ts';

const sizes = [10, 100, 1000, 10_000, 100_000];
/** So many are asked for at most; what it costs when all of them are is a series of its own. */
const someMax = 1000;
/** To ask for each of more a few times, so that it is known, would take minutes. */
const allMax = 10_000;
const drawsCount = 50_000;
/** An operator with so many documents has the memory for them. */
const memory = { DOCUMENTS_MEMORY_MB: '1024', ANSWERS_MEMORY_MB: '512' };

/** How many documents the manifests hold; each is the same list under a name of its own. */
export async function measureDocuments({ seconds, say }: GrowthOptions): Promise<Growth> {
  const measured: Measured[] = [];
  for (const size of sizes) {
    const documents = Array.from({ length: size }, (_, index) =>
      listDocument.replace('BenchList', `BenchList${index}`),
    );
    const folder = await createFolder({ documents });
    try {
      for (const { name, kind, env } of ways) {
        await withGateway(folder, { ...memory, ...env }, async (started) => {
          const { origin } = started.gateway;
          const [key = ''] = folder.keys;
          const ids = idsOf(await topTokenIds(origin, key, listSize));
          const data = await dataOf(origin, requestOf(kind, listDocument, ids), key);
          const requests = documents.map((document) => requestOf(kind, document, ids));
          const one = { size, started, folder, data, seconds };

          say(`${size} documents, ${name}`);
          const inUse = size > someMax ? draw(requests, someMax) : requests;
          const some = await measure({ ...one, series: `${name}, some in use`, inUse });
          const series = `${name}, all in use`;
          measured.push(some);
          if (size <= someMax) measured.push({ ...some, series });
          else if (size <= allMax)
            measured.push(
              await measure({ ...one, series, inUse: requests, drawn: draw(requests, drawsCount) }),
            );
        });
      }
    } finally {
      await folder.remove();
    }
  }
  return { what: 'persisted documents', bound: flat, measured, hasStarts: true };
}
