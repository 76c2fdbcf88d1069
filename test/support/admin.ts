import { once } from 'node:events';
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, inject, onTestFinished } from 'vitest';

import type { Measured } from '../../src/metrics/metrics.ts';
import { createRefusalCounts } from '../../src/refusal-counts.ts';
import { createRequestCounts } from '../../src/request-counts.ts';
import { startGateway, tokenId } from './gateway.ts';
import { metricsIn } from './prometheus.ts';

/** When the tests of the admin listener begin. */
export const nowMs = Date.UTC(2026, 10, 20, 14, 25, 30);

export type AdminGateway = Awaited<ReturnType<typeof startAdmin>>;

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's own address. */
  readonly from?: string;
  readonly body?: string;
}

/** One request as it is, with headers that `fetch` would not let through. */
export async function ask(port: number, path: string, { from, body, ...asked }: Asked = {}) {
  const sent = request({ host: '127.0.0.1', port, path, localAddress: from, ...asked });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  const { statusCode: status, headers } = response;
  return { status: Number(status), headers, text, json: () => JSON.parse(text) };
}

/** What an operator sends who has this token. */
export const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

export async function serve(listener: RequestListener | undefined): Promise<number> {
  if (listener === undefined) throw new Error('expected a listener');
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** For what is not about requests. */
export const measured: Omit<Measured, 'upstreams' | 'quota'> = {
  readiness: () => 'ready',
  requests: createRequestCounts(),
  refusals: createRefusalCounts(),
  keptAnswers: () => ({ entries: 0, bytes: 0, bytesMax: 0 }),
  lostLines: () => 0,
  redis: undefined,
  rest: { isOn: () => false },
  roundTrips: undefined,
  tracing: undefined,
};

/** For what is not about callers. */
export const noCallers = { keys: undefined, quota: { standings: () => [], size: () => 0 } };

/** A gateway with its two listeners, on a clock that stands until it is moved. */
export async function startAdmin(env: Readonly<Record<string, string>> = {}) {
  const clock = { ms: nowMs };
  const gateway = await startGateway({
    now: () => clock.ms,
    env: {
      ...{ ROWS_MEMORY_MB: '64', ADMIN_PORT: '0', TOKENMETRICS_BACKOFF_MS: '1' },
      ...env,
    },
  });
  onTestFinished(gateway.close);
  const port = await serve(gateway.app.admin);
  const publicPort = await serve(gateway.app.listener);
  return {
    ...{ gateway, clock, port, publicPort },
    get: (path: string) => ask(port, path),
    view: async () => (await ask(port, '/upstreams')).json(),
    metrics: async () => metricsIn((await ask(port, '/metrics')).text),
    /** An operation of a caller who has this address. */
    spend: async (from: string, query: string) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ query });
      const answer = await ask(publicPort, '/graphql', { method: 'POST', headers, from, body });
      expect(answer.json().errors).toBeUndefined();
    },
    /** How often the upstream was asked, by path. */
    sandboxCalls: () => countBy(gateway.sandbox.requests.map(({ path }) => path.slice(3))),
  };
}

/** A gateway that uses everything there is, on a database of Redis that is the test's, and has answered. */
export async function startWithEverything(database: number) {
  const started = await startAdmin({
    ...{ TOKENMETRICS_CREDITS_PER_MINUTE: '100', TOKENMETRICS_CREDITS_PER_MONTH: '500' },
    REDIS_URL: `${inject('redisUrl')}/${database}`,
  });
  await started.gateway.ask(top('Known'));
  return started;
}

export function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export const top = (name: string, first = 3) =>
  `query ${name} { topTokens(first: ${first}) { nodes { symbol price { usd } tmGrade { grade } } } }`;

/** Cold, warm, side by side, and with an endpoint that fails: what each answer says it had. */
export async function aFewOperations({ gateway }: AdminGateway) {
  const answers = [await gateway.ask(top('Cold')), await gateway.ask(top('Warm'))];
  const ids = [3375, 3306, 3988].map(tokenId);
  const grades = '($ids: [ID!]!) { tokens(ids: $ids) { nodes { fundamentalGrade { grade } } } }';
  answers.push(
    ...(await Promise.all(
      ['A', 'B', 'C'].map((name) => gateway.ask(`query ${name}${grades}`, { ids })),
    )),
  );
  gateway.sandbox.faults.set({ path: '/v2/quantmetrics', status: 500 });
  const metrics = `query Failing($ids: [ID!]!) { tokens(ids: $ids) { nodes { quantMetrics { sharpe } } } }`;
  answers.push(await gateway.ask(metrics, { ids }));
  gateway.sandbox.faults.clear();
  return answers.map(({ extensions: { sources } }) => sources[0]);
}

export const sum = (numbers: readonly number[]) =>
  numbers.reduce((total, number) => total + number, 0);
