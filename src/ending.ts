import type { Server } from 'node:http';
import type { Log } from './log.ts';

export interface Running {
  readonly app: { readonly drain: () => void; readonly close: () => Promise<void> };
  readonly server: Server;
  readonly admin: Server | undefined;
  readonly log: Log;
  /** How long it goes on listening, for load balancers to notice that it is not ready. */
  readonly delayMs: number;
  /** How long requests may take from then on. */
  readonly graceMs: number;
}

/** A signal that is told again within it is the same: npm passes on what the terminal has told already. */
const sameMs = 1000;
/** For what has still to be said and written, once nobody is waited for any longer. */
const goodbyeMs = 2000;

/**
 * Ends the process when it is told to: what has been asked is answered, and each answer closes its
 * connection. Who tells it again, or the end of the grace period, cuts what is left.
 */
export function endTidily({ app, server, admin, log, delayMs, graceMs }: Running): void {
  let toldAt: number | undefined;
  let isClosing = false;

  const close = () => {
    if (isClosing) return;
    isClosing = true;
    // Idle connections are closed, and new ones refused.
    server.close(() => {
      // Operators could look on until here.
      admin?.close();
      admin?.closeAllConnections();
      void app.close().then(() => {
        log.info('stopped');
        exitSoon();
      });
    });
  };
  const cut = (why: string) => {
    close();
    server.getConnections((_error, connections) => {
      log.warn({ connections }, `${why}: what is left is cut`);
      server.closeAllConnections();
    });
    exitSoon();
  };
  const stop = (signal: string) => {
    if (toldAt !== undefined) {
      if (performance.now() - toldAt >= sameMs) cut(`${signal} again`);
      return;
    }
    toldAt = performance.now();
    log.info({ signal }, 'draining');
    app.drain();
    // What has come by then is read first.
    setTimeout(() => onceAccepted(server, close), delayMs);
    setTimeout(cut, delayMs + graceMs, 'grace period over').unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** As many as may wait to be accepted; who goes on coming is not waited for. */
const turnsMax = 5000;

/** Those who wait are accepted one in each turn of the event loop, and read in the next. */
function onceAccepted(server: Server, done: () => void): void {
  let quietTurns = 0;
  let turns = 0;
  const accept = () => (quietTurns = 0);
  const turn = () => {
    quietTurns += 1;
    turns += 1;
    if (quietTurns <= 2 && turns < turnsMax) return setImmediate(turn);
    server.off('connection', accept);
    return done();
  };
  server.on('connection', accept);
  setImmediate(turn);
}

/** The process ends by itself, unless something hangs. */
function exitSoon(): void {
  setTimeout(() => process.exit(), goodbyeMs).unref();
}
