import type { IncomingMessage, RequestListener } from 'node:http';
import type { Keyring } from '../callers/keys/keyring.ts';
import { createMetrics, type Measured } from '../metrics/metrics.ts';
import { processMetrics } from '../metrics/process-metrics.ts';
import { dataPolicy, securityHeaders } from '../plugins/security-headers.ts';
import type { Secret } from '../secret.ts';
import { readCallers, readCallersQuery, type WatchedQuota } from './callers-view.ts';
import { refusalOf } from './refusal.ts';
import { readSpendingQuery } from './spending-query.ts';
import { tableOf } from './table.ts';
import { createAdmission } from './tokens.ts';
import { readView, type WatchedUpstreams } from './view.ts';

export interface AdminOptions extends Omit<Measured, 'upstreams' | 'quota'> {
  /** The host it listens on, which requests may name. */
  readonly host: string;
  /** Requests must show one of them, if there are any. */
  readonly tokens: readonly Secret[];
  readonly upstreams: WatchedUpstreams;
  readonly callers: WatchedCallers;
  readonly log: { readonly error: (object: object, message: string) => void };
  readonly now: () => number;
}

/** What an operator may ask of those who ask us. */
export interface WatchedCallers {
  /** None where no keys are given out. */
  readonly keys: Pick<Keyring, 'list'> | undefined;
  readonly quota: WatchedQuota;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Route = (parameters: URLSearchParams) => Reply | Promise<Reply>;

/** What operators see of the gateway, for a `node:http` server that only they can reach. */
export function createAdmin(options: AdminOptions): RequestListener {
  const { host, tokens, callers, upstreams, log, now } = options;
  const { keys, quota } = callers;
  const metrics = createMetrics({ ...options, quota });
  const ofProcess = processMetrics();
  const guards = { host, admits: createAdmission(tokens) };

  const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
    ['/upstreams', async () => json(200, await readView(upstreams, now()))],
    ['/status', async () => plain(tableOf(await readView(upstreams, now())))],
    [
      '/spending',
      async (parameters) => {
        const read = readSpendingQuery(parameters, now());
        if ('problems' in read) return mistaken(read.problems);
        return json(200, { ...read.query, ...(await upstreams.spending(read.query)) });
      },
    ],
    [
      '/callers',
      (parameters) => {
        const read = readCallersQuery(parameters);
        if ('problems' in read) return mistaken(read.problems);
        return json(200, readCallers(quota, read.top, now()));
      },
    ],
    ['/keys', () => (keys === undefined ? noKeys : json(200, keys.list()))],
    [
      '/metrics',
      async () =>
        plain(`${await metrics.text()}\n${await ofProcess.metrics()}`, metrics.contentType),
    ],
  ]);

  async function answer(request: IncomingMessage): Promise<Reply> {
    const refusal = refusalOf(request, guards);
    if (refusal !== undefined) {
      const { status, reason, headers = {} } = refusal;
      return { ...json(status, { error: reason }), headers };
    }
    const url = `http://admin${request.url}`;
    const { pathname, searchParams } = URL.canParse(url) ? new URL(url) : noUrl;
    const route = routes.get(pathname);
    if (route !== undefined) return route(searchParams);
    return json(404, { error: 'Nothing is served at this path.', paths: [...routes.keys()] });
  }

  return (request, response) => {
    const failed = (err: unknown) => {
      log.error({ err }, 'admin failed');
      return json(500, { error: 'The gateway failed; its log says why.' });
    };
    void answer(request)
      .catch(failed)
      .then(({ status, type, body, headers }) => {
        response.writeHead(status, {
          ...securityHeaders,
          'content-security-policy': dataPolicy,
          'content-type': type,
          'content-length': Buffer.byteLength(body),
          'cache-control': 'no-store',
          ...headers,
        });
        response.end(body);
      });
  };
}

const noUrl = { pathname: '', searchParams: new URLSearchParams() };

function json(status: number, value: object): Reply {
  const body = `${JSON.stringify(value, undefined, 2)}\n`;
  return { status, type: 'application/json; charset=utf-8', body };
}

const mistaken = (problems: readonly string[]) =>
  json(400, { error: 'The question has mistakes.', problems });

const noKeys = json(404, {
  error: 'This gateway reads no API keys: expected KEYS_FILE or REDIS_URL to say where they are.',
});

function plain(body: string, type = 'text/plain; charset=utf-8'): Reply {
  return { status: 200, type, body };
}
