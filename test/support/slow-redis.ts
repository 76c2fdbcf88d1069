import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { startRedis } from './redis.ts';

/** A Redis of its own whose answers take so long, and the kinds of keys that it is asked about. */
export async function startSlowRedis() {
  const server = await startRedis();
  onTestFinished(server.stop);
  const { port: redisPort } = new URL(server.url);
  const state = { lateMs: 0, kinds: new Set<string>() };
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const redis = connect(Number(redisPort), '127.0.0.1');
    for (const socket of [client, redis]) {
      open.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => [client, redis].forEach((one) => one.destroy()));
    }
    client.on('data', (chunk: Buffer) => {
      for (const [, kind = ''] of chunk.toString('latin1').matchAll(/assay:(\w+):/g))
        state.kinds.add(kind);
      redis.write(chunk);
    });
    redis.on('data', (chunk: Buffer) => {
      setTimeout(() => client.write(chunk), state.lateMs);
    });
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  return { state, url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}/0` };
}
