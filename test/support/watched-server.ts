import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { type AddressInfo, connect, type NetConnectOpts, type Socket } from 'node:net';
import type { App } from '../../src/app.ts';
import { type ConnectionLimits, createGuardedServer } from '../../src/connections.ts';
import type { ServeDirectly } from '../../src/direct/exchange.ts';

export interface WatchedOptions {
  readonly app: Pick<App, 'listener' | 'direct'>;
  /** Whether plain requests are answered without `node:http`. */
  readonly isDirect: boolean;
  readonly limits?: Partial<ConnectionLimits>;
}

export type WatchedServer = Awaited<ReturnType<typeof startWatched>>;

/** A server as `main.ts` has it, of which it is known what it is doing. */
export async function startWatched({ app, isDirect, limits }: WatchedOptions) {
  const counts = { byHttp: 0, directly: 0 };
  const underWay = new Set<{ readonly isAwaited: () => boolean }>();
  const connections = new Map<number | undefined, Socket>();

  const listener: RequestListener = (request, response) => {
    counts.byHttp += 1;
    // Of a request that is not all there, nothing is awaited but the rest of it.
    const work = { isAwaited: () => request.complete && !request.socket.destroyed };
    underWay.add(work);
    response.once('close', () => underWay.delete(work));
    app.listener(request, response);
  };
  const serve: ServeDirectly = (request, response, readBody, pass) => {
    const work = { isAwaited: () => !response.isGone };
    underWay.add(work);
    const watched = {
      answer: (...answer: Parameters<typeof response.answer>) => {
        counts.directly += 1;
        underWay.delete(work);
        response.answer(...answer);
      },
      get isAnswered() {
        return response.isAnswered;
      },
      get isGone() {
        return response.isGone;
      },
      onGone: (left: () => void) => response.onGone(left),
    };
    app.direct.serve(request, watched, readBody, (body) => {
      underWay.delete(work);
      pass(body);
    });
  };

  const server = createGuardedServer(
    listener,
    { connectionsMax: 1000, connectionsPerAddressMax: 1000, ...limits },
    isDirect ? { ...app.direct, serve } : undefined,
  );
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    connections.set(remotePort, socket);
    socket.once('close', () => connections.delete(remotePort));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    server,
    port,
    /** How many requests were handed to `node:http`, and how many were answered without it. */
    counts: counts as Readonly<typeof counts>,
    isBusy: () => [...underWay].some(({ isAwaited }) => isAwaited()),
    /** A connection that has been made, and what it is to the server. */
    dial: async (from: Partial<NetConnectOpts> = {}) => {
      const client = connect({ port, host: '127.0.0.1', noDelay: true, ...from });
      client.on('error', () => undefined);
      await once(client, 'connect');
      const { localPort } = client;
      const served = await until(() => connections.get(localPort));
      return { client, served };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const turnsMax = 200_000;

/** What there is at last, after as many turns as that takes. */
export async function until<T>(find: () => T | undefined | false): Promise<T> {
  for (let turns = 0; turns < turnsMax; turns += 1) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`waited in vain: ${find.toString()}`);
}
