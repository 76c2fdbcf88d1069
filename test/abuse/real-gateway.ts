import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { type ConnectionLimits, createGuardedServer } from '../../src/connections.ts';
import { type GatewayOptions, startGateway } from '../support/gateway.ts';

export type RealGateway = Awaited<ReturnType<typeof startRealGateway>>;

/** A gateway behind a real socket, with the server that `main.ts` gives it. */
export async function startRealGateway(
  options: GatewayOptions & { readonly limits?: Partial<ConnectionLimits> } = {},
) {
  const gateway = await startGateway(options);
  const server = createGuardedServer(gateway.app.listener, {
    connectionsMax: 10_000,
    connectionsPerAddressMax: 5000,
    ...options.limits,
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    ...gateway,
    server,
    port,
    url: `http://127.0.0.1:${port}/graphql`,
    /** A connection that has been made. */
    async dial(from: Partial<NetConnectOpts> = {}): Promise<Socket> {
      const socket = connect({ port, host: '127.0.0.1', ...from });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gateway.close();
    },
  };
}

/** All that comes until the other side closes, or `untilMs` have passed. */
export function readAll(socket: Socket, untilMs = 10_000): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(done, untilMs);
    socket.once('close', done).once('end', done);
  });
}
