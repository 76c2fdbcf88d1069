import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { addDays } from '../../src/calendar.ts';
import { counted, type Line, type Size } from './economy-line.ts';
import { startUpstream, tokenIds, within } from './economy-world.ts';

const run = promisify(execFile);
const child = resolve(import.meta.dirname, 'economy-memory-child.ts');

/** Days of one request. */
const windowDays = 25;
const lastDay = '2025-10-31';
/** How far the estimate may be off, and what a process that has worked holds besides. */
const estimateOff = 1.25;
const besidesBytes = 2 * 1024 * 1024;
const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** A day of a series of a token is a key: history is what fills a memory. */
export async function memoryBounded(size: Size): Promise<readonly Line[]> {
  const { keys, memoryMb } = size;
  const days = 100;
  const tokens = keys / days;
  const ranges = Array.from({ length: days / windowDays }, (_, index) => {
    const to = addDays(lastDay, -index * windowDays);
    return { from: addDays(to, 1 - windowDays), to };
  });
  return within(async (keep) => {
    const now = () => Date.UTC(2026, 0, 15, 12);
    const upstream = keep(await startUpstream({ tokens, now }));
    const env = {
      TOKENMETRICS_BASE_URL: `${upstream.url}/v2`,
      ANONYMOUS: 'on',
      TOKENMETRICS_API_KEY: upstream.key,
      ROWS_MEMORY_MB: String(memoryMb),
    };
    const given = JSON.stringify({ tokenIds: tokenIds(tokens), ranges, env });
    const { stdout } = await run(process.execPath, [
      ...['--expose-gc', '--import', 'tsx', child, given],
    ]);
    const { heapBefore, heapAfter, entries, bytes, bytesMax } = JSON.parse(stdout);
    const grown = heapAfter - heapBefore;
    return [
      {
        name: `memory after ${counted(keys)} distinct keys`,
        bound: `≤ ${megabytes(bytesMax)} (ROWS_MEMORY_MB=${memoryMb})`,
        measured: `${megabytes(bytes)} estimated, ${counted(entries)} keys held; heap ${megabytes(heapAfter)}, ${megabytes(grown)} more than before`,
        isKept: bytes <= bytesMax && bytesMax === memoryMb * 1024 * 1024 && entries < keys,
      },
      {
        name: '  the estimate against the heap',
        bound: `heap grown by ≤ ${estimateOff} × ${megabytes(bytesMax)} + ${megabytes(besidesBytes)}`,
        measured: `${megabytes(grown)}, ${((grown - besidesBytes) / bytes).toFixed(2)} bytes for one estimated`,
        isKept: grown <= estimateOff * bytesMax + besidesBytes,
        isOfMachine: true,
      },
    ];
  });
}
