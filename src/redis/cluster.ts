import { Cluster, type RedisOptions } from 'ioredis';
import { reasonOf } from '../redis-reason.ts';
import { connectOnce, placeOf, type RedisSettings, type WatchedRedis } from './client.ts';
import { createOutage, type Outage } from './outage.ts';
import type { RedisCluster } from './url.ts';

/** How often a Cluster of which something is gone is asked who has what. */
const REFRESH_MS = 1_000;

export function openCluster(
  { addresses, isEncrypted, username, password }: RedisCluster,
  { timing, retryDelayMs, log }: RedisSettings,
): WatchedRedis {
  const client = new Cluster([...addresses], {
    lazyConnect: true,
    enableOfflineQueue: false,
    // What was sent to a node that is gone may have been counted: it fails. What a node redirects it
    // has not carried out, and what has to wait for a slot that moves waits but a moment.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 10,
    maxRedirections: 5,
    clusterRetryStrategy: retryDelayMs,
    // A certificate is made out to a name and not to its address.
    dnsLookup: (host, callback) => callback(null, host),
    redisOptions: { ...timing, username, password, tls: isEncrypted ? {} : undefined },
  });
  const place = placeOf(addresses);
  const outage = createOutage(place, log);
  watch(client, outage);
  return { client, place, outage, ready: connectOnce(client).then(() => untilTried(client)) };
}

/** Resolves when every master has answered or failed. */
async function untilTried(cluster: Cluster): Promise<void> {
  await Promise.all(cluster.nodes('master').map((node) => node.ping().catch(() => {})));
}

/** An outage lasts from the loss of a master until there is a connection to each. */
function watch(cluster: Cluster, outage: Outage): void {
  let refreshing: NodeJS.Timeout | undefined;
  const masters = () => new Set(cluster.slots.flatMap(([master]) => master ?? []));
  const nodeOf = (key: string) => cluster.nodes().find(({ options }) => keyOf(options) === key);
  const isReady = (key: string) => nodeOf(key)?.status === 'ready';

  const begin = (reason: string) => {
    outage.begin(reason);
    // While nothing is asked of a master that is gone, nobody else looks who has taken over.
    refreshing ??= setInterval(() => {
      if (outage.isOn() && cluster.status === 'ready') cluster.refreshSlotsCache();
      if (outage.isOn()) return;
      clearInterval(refreshing);
      refreshing = undefined;
    }, REFRESH_MS).unref();
  };
  const onNodeLost = (key: string, reason: string) => {
    if (masters().has(key) && !isReady(key)) begin(`${key}: ${reason}`);
  };
  const onNodeReady = () => {
    if (cluster.status === 'ready' && [...masters()].every(isReady)) outage.end();
  };
  // The client connects to a node with the first command to it, and refuses others until it has. Not
  // sooner: it sends what it must know of a Cluster, or was redirected, only to who is not connecting.
  const connectMasters = () =>
    setImmediate(() => {
      if (cluster.status !== 'ready') return;
      for (const key of masters()) {
        const node = nodeOf(key);
        if (node?.status === 'wait') node.connect().catch(() => {});
      }
    });

  cluster.on('error', (error: Error & { lastNodeError?: Error }) =>
    begin(reasonOf(error.lastNodeError ?? error)),
  );
  cluster.on('close', () => begin('connection closed'));
  cluster.on('node error', (error: Error, key: string) => onNodeLost(key, reasonOf(error)));
  cluster.on('-node', ({ options }: { options: RedisOptions }) =>
    onNodeLost(keyOf(options), 'connection closed'),
  );
  cluster.on('+node', (node: { on: (event: 'ready', listener: () => void) => void }) => {
    node.on('ready', onNodeReady);
    connectMasters();
  });
  for (const event of ['ready', 'refresh']) {
    cluster.on(event, () => {
      connectMasters();
      onNodeReady();
    });
  }
}

/** As the client names a node where it tells who has which slot. */
const keyOf = ({ host, port }: RedisOptions) => `${host}:${port}`;
