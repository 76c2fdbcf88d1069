import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type ConnectionOptions, DirectConnection } from './connection.ts';

/** Puts direct connections in front of a `node:http` server, which gets all that they hand over. */
export function connectDirectly(
  server: Server,
  options: Omit<ConnectionOptions, 'handOver' | 'refuseLate'>,
): void {
  const open = new Map<Socket, DirectConnection>();
  const [serveHttp, ...others] = server.listeners('connection');
  if (serveHttp === undefined || others.length > 0) {
    throw new Error('expected a server with no listeners to its connections but its own');
  }
  const handOver = (socket: Socket) => {
    open.delete(socket);
    serveHttp.call(server, socket);
  };
  const refuseLate = (socket: Socket) => {
    const error = Object.assign(new Error('said nothing'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    if (!server.emit('clientError', error, socket)) socket.destroy();
  };
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    open.set(socket, new DirectConnection(socket, { ...options, handOver, refuseLate }));
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
