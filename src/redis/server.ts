import { Redis, type RedisOptions } from 'ioredis';
import { reasonOf } from '../redis-reason.ts';
import { connectOnce, placeOf, type RedisSettings, type WatchedRedis } from './client.ts';
import { createOutage } from './outage.ts';
import type { RedisSentinels, RedisTarget } from './url.ts';

/** One server: the one of a URL, or the master that Sentinels name whenever it is connected to. */
export function openServer(
  target: Exclude<RedisTarget, { readonly kind: 'cluster' }>,
  { timing, retryDelayMs, log }: RedisSettings,
): WatchedRedis {
  const options = {
    ...timing,
    lazyConnect: true,
    // By default commands wait for a connection: with Redis down every request would.
    enableOfflineQueue: false,
    // A command that was sent may have been counted: it fails, and is not sent again.
    maxRetriesPerRequest: 0,
    // ioredis leaves the socket timer of a dead connection running: it must not end the next one.
    retryStrategy: (attempt: number) =>
      Math.max(retryDelayMs(attempt), (timing.socketTimeout ?? 0) + 10),
  };
  const client =
    target.kind === 'single'
      ? new Redis(target.url, options)
      : new Redis({ ...options, ...sentinelOptions(target, { retryDelayMs, timing }) });
  const place = placeOf(target.kind === 'single' ? [client.options] : target.addresses);
  const outage = createOutage(place, log);

  client.on('error', (error: Error) => outage.begin(reasonOf(error)));
  client.on('close', () => outage.begin('connection closed'));
  client.on('ready', outage.end);
  return { client, place, outage, ready: connectOnce(client) };
}

function sentinelOptions(
  { addresses, master, database, username, password, sentinel, isEncrypted }: RedisSentinels,
  { retryDelayMs, timing }: Pick<RedisSettings, 'retryDelayMs' | 'timing'>,
): RedisOptions {
  return {
    sentinels: [...addresses],
    name: master,
    db: database,
    username,
    password,
    sentinelUsername: sentinel.username,
    sentinelPassword: sentinel.password,
    // Without a delay it would give up for good when no Sentinel answers.
    sentinelRetryStrategy: retryDelayMs,
    sentinelCommandTimeout: timing.connectTimeout,
    ...(isEncrypted ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}
