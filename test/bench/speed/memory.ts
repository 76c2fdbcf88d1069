import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { topTokenIds } from './asking.ts';
import { columnsOf, counted, verdict } from './columns.ts';
import { startGateway } from './gateway.ts';
import { ensureWrk, prepareProcess, machineHeader, root } from './machine.ts';
import { randomLists } from './random-lists.ts';
import { createFolder, idsOf, listDocument, requestOf } from './workload.ts';
import { wrk } from './wrk.ts';

/**
 * `npm run bench:memory`: what the heap holds after a million requests beside what it held after the
 * first hundred thousand, each time after everything that nobody can reach is gone.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '64' },
  },
});
const last = Number(values.requests);
const first = last / 10;
const atMost = 1.1;
const stepSeconds = 2;
const tokensCount = 100;
const listsCount = 3000;

prepareProcess();
ensureWrk();
const folder = await createFolder();
const gateway = await startGateway({
  env: folder.env,
  nodeArgs: ['--expose-gc', '--import', resolve(root, 'test/bench/speed/servers/heap-probe.mjs')],
  hasIpc: true,
});
try {
  const { origin } = gateway;
  const [key = ''] = folder.keys;
  const tokenIds = await topTokenIds(origin, key, tokensCount);
  const hot = idsOf(tokenIds.slice(0, 20));
  // What is asked all the time beside what nobody has asked before.
  const requests = await folder.writeRequests(
    'memory',
    randomLists(listDocument, tokenIds, listsCount).flatMap((list, index) => [
      list,
      requestOf('get', listDocument, hot),
      requestOf('ad-hoc', `# ${index % 500}\n${listDocument}`, hot),
    ]),
  );
  process.stdout.write(`${machineHeader()}\n\n`);
  const rows = [['requests', 'heap', 'resident', 'outside the heap']];
  const heaps: number[] = [];
  let answered = 0;
  for (const goal of [0, first, last / 2, last]) {
    while (answered < goal) {
      const run = await wrk({
        ...{ origin, requests, seconds: stepSeconds },
        connections: Number(values.connections),
      });
      if (run.faults.length > 0) throw new Error(`expected answers, got ${run.faults.join(', ')}`);
      answered += run.requests;
      process.stderr.write(`${counted(answered)} of ${counted(last)} requests\r`);
    }
    const { heapUsed, rss, external } = await memoryOf(gateway.process);
    heaps.push(heapUsed);
    rows.push([counted(answered), ...[heapUsed, rss, external].map(megabytes)]);
  }
  const ratio = (heaps[3] ?? NaN) / (heaps[1] ?? NaN);
  const told = `heap after ${counted(last)} ÷ after ${counted(first)}`;
  process.stdout.write(
    `${columnsOf(rows)}\n\n${told}: ${ratio.toFixed(3)}, bound ≤ ${atMost}: ${verdict(ratio <= atMost)}\n`,
  );
} finally {
  await gateway.close();
  await folder.remove();
}

async function memoryOf(child: ChildProcess): Promise<NodeJS.MemoryUsage> {
  const told = once(child, 'message');
  child.send('memory');
  const [usage] = await told;
  return usage;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
