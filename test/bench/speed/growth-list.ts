import { dataOf, topTokenIds } from './asking.ts';
import { type GrowthOptions, measure, ways, withGateway } from './growth-load.ts';
import { type Growth, linear, type Measured } from './growth-slope.ts';
import { createFolder, idsOf, listDocument, requestOf } from './workload.ts';

const sizes = [1, 5, 20, 50, 100];
const largest = 100;

/** How many tokens a list has. */
export async function measureLists({ seconds, say }: GrowthOptions): Promise<Growth> {
  const folder = await createFolder();
  const measured: Measured[] = [];
  try {
    for (const { name: series, kind, env } of ways) {
      await withGateway(folder, env, async (started) => {
        const { origin } = started.gateway;
        const [key = ''] = folder.keys;
        const ids = idsOf(await topTokenIds(origin, key, largest));
        const { tokens } = await dataOf(origin, requestOf(kind, listDocument, ids), key);
        for (const size of sizes) {
          say(`list of ${size}, ${series}`);
          // A short list has to be the beginning of the long one.
          const data = { tokens: { nodes: tokens.nodes.slice(0, size) } };
          const inUse = [requestOf(kind, listDocument, ids.slice(0, size))];
          measured.push(await measure({ series, size, started, folder, data, inUse, seconds }));
        }
      });
    }
  } finally {
    await folder.remove();
  }
  return { what: 'tokens in the list', bound: linear, measured };
}
