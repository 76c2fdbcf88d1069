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
  if (error instanceof ConfigError || error instanceof ManifestError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Why the server cannot listen, in the words of the environment. */
function cannotListen(error: Error, { host, port }: Config['server']): ConfigError {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new ConfigError([
      `PORT: ${port} of ${host} is in use: expected a free port, or 0 for any`,
    ]);
  }
  if (code === 'EACCES') {
    return new ConfigError([`PORT: ${port} is not allowed to this user: expected 1024 or more`]);
  }
  return new ConfigError([`HOST: cannot listen on ${host}: ${error.message}`]);
}

async function serve(app: App, config: Config, log: ReturnType<typeof createLog>) {
  const { host, port, shutdownGraceMs } = config.server;
  const server = createServer(app.listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, config.server)));
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
