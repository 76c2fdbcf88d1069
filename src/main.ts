import { createServer } from 'node:http';
import { type App, createApp } from './app.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { ManifestError } from './documents/manifest.ts';
import { createLog } from './log.ts';

/** The process: the environment in, a server out, and a tidy end. */

try {
  const config = readConfig();
  const log = createLog(config.log);
  const app = await createApp({ config, log });
  try {
    await serve(app, config, log);
  } catch (error) {
    await app.close();
    throw error;
  }
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
}

/** A mistake of the operator in words; anything else with its stack. */
function reasonOf(error: unknown): string {
  const isMistake =
    error instanceof ConfigError ||
    error instanceof ManifestError ||
    (error instanceof Error && 'syscall' in error);
  return isMistake || !(error instanceof Error) ? String(error) : (error.stack ?? error.message);
}

async function serve(app: App, config: Config, log: ReturnType<typeof createLog>) {
  const { host, port, shutdownGraceMs } = config.server;
  const server = createServer(app.listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  if (app.sandbox !== undefined) {
    log.warn('SANDBOX: all data is invented; set TOKENMETRICS_API_KEY for the real API');
  }
  log.info(
    { url: `http://${host === '127.0.0.1' ? 'localhost' : host}:${bound}/graphql` },
    'Assay answers',
  );

  let isStopping = false;
  const stop = (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'draining');
    app.drain();
    // What is in flight is finished, idle connections are closed, new ones are refused.
    server.close(() => {
      void app.close().then(() => log.info('stopped'));
    });
    setTimeout(() => {
      log.warn({ shutdownGraceMs }, 'grace period over, closing what is left');
      server.closeAllConnections();
    }, shutdownGraceMs).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
