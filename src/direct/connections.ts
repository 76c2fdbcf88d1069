import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, DirectConnection } from './connection.ts';
import { StandIn } from './stand-in.ts';

type Ways = 'serveHttp' | 'onHandedOver' | 'refuseLate' | 'isClosing';

/** Puts direct connections in front of a `node:http` server, which gets all that they hand over. */
export function connectDirectly(server: Server, options: Omit<ConnectionOptions, Ways>): void {
  const open = new Map<Socket, DirectConnection>();
  const [listener, ...others] = server.listeners('connection');
  if (listener === undefined || others.length > 0) {
    throw new Error('expected a server with no listeners to its connections but its own');
  }
  const serveHttp = (connection: Duplex) => void listener.call(server, connection);
  const onHandedOver = (socket: Socket) => void open.delete(socket);
  const refuseLate = (socket: Socket) => {
    const error = Object.assign(new Error('said nothing'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    if (!server.emit('clientError', error, socket)) socket.destroy();
  };
  const ways: Pick<ConnectionOptions, Ways> = {
    ...{ serveHttp, onHandedOver, refuseLate },
    isClosing: () => !server.listening,
  };
  server.on('request', ({ socket }: { readonly socket: Duplex }, response) => {
    if (socket instanceof StandIn) response.once('finish', () => socket.answered());
  });
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    open.set(socket, new DirectConnection(socket, { ...options, ...ways }));
    socket.once('close', () => open.delete(socket));
  });

  const close = server.close.bind(server);
  server.close = (done) => {
    // What is not idle closes with its answer.
    for (const connection of open.values()) connection.endIdle();
    return close(done);
  };
  const closeAll = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    for (const socket of open.keys()) socket.destroy();
    closeAll();
  };
}
