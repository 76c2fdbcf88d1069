import type { IncomingMessage, RequestListener } from 'node:http';
import { createMetrics } from '../metrics.ts';
import { refusalOf } from './refusal.ts';
import { readSpendingQuery } from './spending-query.ts';
import { tableOf } from './table.ts';
import { readView, type WatchedUpstreams } from './view.ts';

export interface AdminOptions {
  /** The host it listens on, which requests may name. */
  readonly host: string;
  readonly upstreams: WatchedUpstreams;
  readonly log: { readonly error: (object: object, message: string) => void };
  readonly now: () => number;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Route = (parameters: URLSearchParams) => Promise<Reply>;

/** What operators see of the gateway, for a `node:http` server that only they can reach. */
export function createAdmin({ host, upstreams, log, now }: AdminOptions): RequestListener {
  const metrics = createMetrics(upstreams);

  const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
    ['/upstreams', async () => json(200, await readView(upstreams, now()))],
    ['/status', async () => plain(tableOf(await readView(upstreams, now())))],
    [
      '/spending',
      async (parameters) => {
        const read = readSpendingQuery(parameters, now());
        if ('problems' in read) return json(400, { error: 'The question has mistakes.', ...read });
        return json(200, { ...read.query, ...(await upstreams.spending(read.query)) });
      },
    ],
    ['/metrics', async () => plain(await metrics.text(), metrics.contentType)],
  ]);

  async function answer(request: IncomingMessage): Promise<Reply> {
    const refusal = refusalOf(request, host);
    if (refusal !== undefined) return json(refusal.status, { error: refusal.reason });
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
      .then(({ status, type, body }) => {
        response.writeHead(status, {
          'content-type': type,
          'content-length': Buffer.byteLength(body),
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          ...(status === 405 ? { allow: 'GET' } : {}),
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

function plain(body: string, type = 'text/plain; charset=utf-8'): Reply {
  return { status: 200, type, body };
}
