import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Cluster, Redis } from 'ioredis';
import { vi } from 'vitest';

export type TestRedisCluster = {
  readonly client: Cluster;
  readonly stop: () => Promise<void>;
};

/** By the code that ioredis goes by; it comes without types. */
export const slotOf: (key: string) => number = createRequire(import.meta.url)('cluster-key-slot');

const ATTEMPTS_MAX = 20;
/** Both ports stay below the ephemeral ones. */
const BUS_PORT_OFFSET = 6_000;

/** A Redis Cluster of one node: it refuses commands whose keys lie in several slots, as any does. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-cluster-'));
  const { port, end } = await onFreePort(folder);
  const node = new Redis(port, '127.0.0.1');
  await node.cluster('ADDSLOTSRANGE', 0, 16_383);
  await vi.waitUntil(async () => (await node.cluster('INFO')).includes('cluster_state:ok'), 10_000);
  node.disconnect();
  const client = new Cluster([{ host: '127.0.0.1', port }]);

  return {
    client,
    stop: async () => {
      client.disconnect();
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function onFreePort(folder: string) {
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(20_000, 26_000);
    const end = await launch(port, folder);
    if (end !== undefined) return { port, end };
    if (attempt === ATTEMPTS_MAX) throw new Error('found no port for a Redis Cluster');
  }
}

/** Ends the server; `undefined` where it did not start. */
async function launch(port: number, folder: string): Promise<(() => Promise<void>) | undefined> {
  const settings = { port, bind: '127.0.0.1', dir: folder, appendonly: 'no', daemonize: 'no' };
  const cluster = {
    'cluster-enabled': 'yes',
    'cluster-port': port + BUS_PORT_OFFSET,
    'cluster-announce-ip': '127.0.0.1',
  };
  const words = Object.entries({ ...settings, ...cluster }).map(([n, v]) => [`--${n}`, String(v)]);
  const server = spawn('redis-server', [...words.flat(), '--save', ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const endWithUs = () => server.kill('SIGKILL');
  process.once('exit', endWithUs);
  server.once('exit', () => process.off('exit', endWithUs));

  const isReady = new Promise<true>((resolve) => {
    let output = '';
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Ready to accept connections')) resolve(true);
    });
  });
  if ((await Promise.race([isReady, ended])) !== true) return undefined;
  return async () => {
    server.kill('SIGKILL');
    await ended;
  };
}
