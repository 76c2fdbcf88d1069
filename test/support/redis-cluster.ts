import { createRequire } from 'node:module';

import { Redis } from 'ioredis';
import { vi } from 'vitest';

import { type RedisProcess, serverArgs, startRedisProcess } from './redis-process.ts';

export type TestRedisCluster = Awaited<ReturnType<typeof startRedisCluster>>;

export interface ClusterNode {
  readonly process: RedisProcess;
  /** A connection that nothing but the test uses. */
  readonly admin: Redis;
  readonly id: string;
}

export interface ClusterOptions {
  readonly masters?: number;
  readonly replicas?: number;
  readonly spares?: number;
  /** A master that is silent for so long is failed over. */
  readonly nodeTimeoutMs?: number;
}

/** By the code that ioredis goes by; it comes without types. */
export const slotOf: (key: string) => number = createRequire(import.meta.url)('cluster-key-slot');

const SLOTS = 16_384;
/** Both ports stay below the ephemeral ones. */
const BUS_PORT_OFFSET = 6_000;
const PASSWORD = 'c/uster@';
const PATIENCE = { timeout: 20_000, interval: 50 };

/** Masters with an equal share of the slots each, replicas of the first of them, and nodes without slots. */
export async function startRedisCluster(options: ClusterOptions = {}) {
  const { masters = 3, replicas = 0, spares = 0, nodeTimeoutMs = 1_000 } = options;
  const nodes = await Promise.all(
    Array.from({ length: masters + replicas + spares }, () => startNode(nodeTimeoutMs)),
  );
  await Promise.all(
    nodes.slice(0, masters).map(async ({ admin }, index) => {
      const from = Math.ceil((index * SLOTS) / masters);
      const to = Math.ceil(((index + 1) * SLOTS) / masters) - 1;
      await admin.cluster('ADDSLOTSRANGE', from, to);
      await admin.cluster('SET-CONFIG-EPOCH', index + 1);
    }),
  );
  // Each meets each: gossip would take its time.
  for (const { admin } of nodes) {
    for (const { process } of nodes) {
      await admin.call('CLUSTER', 'MEET', '127.0.0.1', process.port, busPortOf(process.port));
    }
  }
  await until(nodes, ({ info }) => info.includes(`cluster_known_nodes:${nodes.length}`));
  for (const [index, { admin }] of nodes.slice(masters, masters + replicas).entries()) {
    await admin.cluster('REPLICATE', nodes[index]?.id ?? '');
  }
  await until(nodes, ({ info, slots }) => {
    const copies = slots.reduce((sum, [, , , ...others]) => sum + others.length, 0);
    return info.includes('cluster_state:ok') && slots.length === masters && copies === replicas;
  });

  const addresses = nodes.map(({ process: { port } }) => `127.0.0.1:${port}`).join(',');
  return {
    url: `redis+cluster://:${encodeURIComponent(PASSWORD)}@${addresses}`,
    nodes,
    masters: nodes.slice(0, masters),
    spares: nodes.slice(masters + replicas),
    stop: async () => {
      for (const { admin } of nodes) admin.disconnect();
      await Promise.all(nodes.map(({ process }) => process.stop()));
    },
  };
}

/** Moves a slot with its keys; `between` is done whenever one more step has been. */
export async function moveSlot(
  cluster: TestRedisCluster,
  {
    slot,
    from,
    to,
  }: { readonly slot: number; readonly from: ClusterNode; readonly to: ClusterNode },
  between: () => Promise<unknown>,
): Promise<void> {
  await to.admin.cluster('SETSLOT', slot, 'IMPORTING', from.id);
  await from.admin.cluster('SETSLOT', slot, 'MIGRATING', to.id);
  await between();
  for (const key of await from.admin.cluster('GETKEYSINSLOT', slot, 100)) {
    const args = ['127.0.0.1', to.process.port, key, 0, 5_000, 'AUTH', PASSWORD];
    await from.admin.call('MIGRATE', ...args);
    await between();
  }
  for (const { admin } of [to, from, ...cluster.nodes]) {
    await admin.cluster('SETSLOT', slot, 'NODE', to.id);
    await between();
  }
}

async function startNode(timeoutMs: number): Promise<ClusterNode> {
  const process = await startRedisProcess({
    portMax: 26_000,
    args: (port, folder) =>
      serverArgs(port, folder, {
        ...{ requirepass: PASSWORD, masterauth: PASSWORD },
        'cluster-enabled': 'yes',
        'cluster-port': busPortOf(port),
        'cluster-announce-ip': '127.0.0.1',
        'cluster-node-timeout': timeoutMs,
        'cluster-replica-validity-factor': 0,
        'repl-diskless-sync-delay': 0,
        // A replica counts from the first bytes it was sent.
        'repl-ping-replica-period': 1,
      }),
  });
  const admin = new Redis(process.port, '127.0.0.1', {
    password: PASSWORD,
    retryStrategy: () => 50,
  });
  admin.on('error', () => {});
  return { process, admin, id: String(await admin.cluster('MYID')) };
}

const busPortOf = (port: number) => port + BUS_PORT_OFFSET;

interface View {
  readonly info: string;
  /** From, to, the master, its replicas. */
  readonly slots: readonly (readonly unknown[])[];
}

/** Waits until every node sees the cluster so. */
async function until(nodes: readonly ClusterNode[], isSo: (view: View) => boolean): Promise<void> {
  await vi.waitUntil(async () => {
    const views = await Promise.all(
      nodes.map(async ({ admin }): Promise<View> => {
        const [info, slots] = await Promise.all([admin.cluster('INFO'), admin.cluster('SLOTS')]);
        return { info: String(info), slots: Array.isArray(slots) ? slots : [] };
      }),
    );
    return views.every(isSo);
  }, PATIENCE);
}
