import { isatty } from 'node:tty';
import { type App, createApp } from './app.ts';
import { type Config, ConfigError, examineEnvironment } from './config.ts';
import { createGuardedServer } from './connections.ts';
import { endTidily } from './ending.ts';
import { createLog, type Log } from './log.ts';
import { MistakesError } from './mistakes.ts';
import { connectionsWithin } from './open-files.ts';
import { traceOf } from './told-error.ts';

/** The process: the environment in, a server out, and a tidy end. */

try {
  const { config, problems } = examineEnvironment();
  const log = createLog(config.log);
  endOnFaults(log);
  const app = await createApp({ config, problems, log });
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

/** What an operator has to mend: the environment, or a file that it names. */
function isMistake(error: unknown): error is Error {
  return error instanceof MistakesError || error instanceof ConfigError;
}

/** A mistake of the operator in words; anything else by its kind and places. */
function reasonOf(error: unknown): string {
  return isMistake(error) ? error.message : `The gateway did not start: ${traceOf(error)}`;
}

/** What nobody caught leaves nothing to rely on. Node itself would print it with all it knows. */
function endOnFaults(log: Log): void {
  // Of promises as well: that nobody handles one is made such an exception.
  process.on('uncaughtException', (err, origin) => {
    log.fatal({ err, origin }, 'the gateway ends: an error that nobody caught');
    const end = () => process.exit(1);
    log.flush(end);
    // Who reads the log may have stopped reading.
    setTimeout(end, 2000);
  });
}

function withinFiles(config: Config, log: Log): Config {
  const { server } = config;
  const connectionsMax = connectionsWithin(config);
  if (connectionsMax === server.connectionsMax) return config;
  log.warn({ connectionsMax }, 'CONNECTIONS_MAX is bounded by the limit of open files (ulimit -n)');
  return { ...config, server: { ...server, connectionsMax } };
}

interface Place {
  readonly host: string;
  readonly port: number;
  /** What its variables begin with. */
  readonly prefix: '' | 'ADMIN_';
}

/** Why the server cannot listen, in the words of the environment. */
function cannotListen(error: Error, { host, port, prefix }: Place): ConfigError {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new ConfigError([
      `${prefix}PORT: ${port} of ${host} is in use: expected a free port, or 0 for any`,
    ]);
  }
  if (code === 'EACCES') {
    return new ConfigError([
      `${prefix}PORT: ${port} is not allowed to this user: expected 1024 or more`,
    ]);
  }
  return new ConfigError([`${prefix}HOST: cannot listen on ${host}: ${error.message}`]);
}

type Served = Pick<App, 'listener'> & Partial<Pick<App, 'direct' | 'onRefused'>>;

/** A server that listens, and its address as a URL. */
async function listen(
  { listener, direct, onRefused }: Served,
  place: Place,
  { server: limits }: Config,
) {
  const { host, port } = place;
  const server = createGuardedServer(listener, { ...limits, onRefused }, direct);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, place)));
    // So many connections may wait to be accepted: a burst of them is not turned away.
    server.listen({ port, host, backlog: 4096 }, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '127.0.0.1' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return { server, url: `http://${name}:${bound}` };
}

async function serve(app: App, given: Config, log: Log) {
  const config = withinFiles(given, log);
  // The public port last: nobody is answered by a gateway that does not start.
  const admin =
    config.admin &&
    app.admin &&
    (await listen({ listener: app.admin }, { ...config.admin, prefix: 'ADMIN_' }, config));
  const { server, url } = await listen(app, { ...config.server, prefix: '' }, config).catch(
    (error: unknown) => {
      admin?.server.close();
      throw error;
    },
  );
  if (app.sandbox !== undefined) {
    log.warn('SANDBOX: all data is invented; set TOKENMETRICS_API_KEY for the real API');
  }
  log.info({ url: `${url}/graphql` }, 'Assay answers');
  if (admin !== undefined) log.info({ admin: admin.url }, 'operators are answered');

  const { drainDelayMs: delayMs, shutdownGraceMs: graceMs } = config.server;
  endTidily({ app, server, admin: admin?.server, log, delayMs, graceMs });
  reloadWhenTold(app, log);
  // Somebody may be waiting for these lines.
  log.flush();
}

/** A terminal that is closed tells the same: then the gateway goes with it. */
function reloadWhenTold(app: App, log: Log): void {
  if (isatty(0)) return;
  process.on('SIGHUP', () => {
    log.info('SIGHUP: looking at keys, plans and manifests');
    void app.reload();
  });
}
