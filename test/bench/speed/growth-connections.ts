import { readFileSync } from 'node:fs';
import { dataOf, topTokenIds } from './asking.ts';
import { type GrowthOptions, measure, ways, withGateway } from './growth-load.ts';
import { type Growth, linear, type Measured } from './growth-slope.ts';
import { createFolder, idsOf, listDocument, listSize, requestOf } from './workload.ts';

const sizes = [10, 100, 1000, 5000];
/** Files that a process has open besides its connections. */
const filesBeside = 100;
const room = { CONNECTIONS_PER_ADDRESS_MAX: String(Math.max(...sizes) + filesBeside) };

/** How many connections are open, all of one address. */
export async function measureConnections({ seconds, say }: GrowthOptions): Promise<Growth> {
  const folder = await createFolder();
  const measured: Measured[] = [];
  const filesMax = openFilesMax();
  const possible = sizes.filter((size) => size + filesBeside <= filesMax);
  if (possible.length < sizes.length) say(`connections: only ${filesMax} files may be open`);
  try {
    for (const { name: series, kind, env } of ways) {
      await withGateway(folder, { ...env, ...room }, async (started) => {
        const { origin } = started.gateway;
        const [key = ''] = folder.keys;
        const request = requestOf(
          kind,
          listDocument,
          idsOf(await topTokenIds(origin, key, listSize)),
        );
        const data = await dataOf(origin, request, key);
        for (const size of possible) {
          say(`${size} connections, ${series}`);
          const asked = { inUse: [request], connections: size, data, seconds };
          measured.push(await measure({ series, size, started, folder, ...asked }));
        }
      });
    }
  } finally {
    await folder.remove();
  }
  return { what: 'connections', bound: linear, measured };
}

/** Node has raised its own limit as far as it may, and what it starts inherits that. */
function openFilesMax(): number {
  const [, max] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(max);
}
