import { onTestFinished } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createGuardedServer } from '../../src/connections.ts';
import { createLog } from '../../src/log.ts';
import { startCollector } from './collector.ts';
import { createClient, getOf, graphqlJson, registrationOf, type Sent } from './two-ways.ts';

export type TracedGateway = Awaited<ReturnType<typeof startTraced>>;

/** A gateway as `main.ts` serves it, which records every request unless its environment says otherwise. */
export async function startTraced(env: Readonly<Record<string, string>> = {}) {
  const collector = await startCollector();
  const lines: string[] = [];
  const config = readConfig({
    ...{ GRAPHIQL: 'off', ROWS_MEMORY_MB: '64', TOKENMETRICS_BACKOFF_MS: '1' },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'always_on' },
    ...env,
  });
  const log = createLog({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const app = await createApp({ config, log });
  const server = createGuardedServer(app.listener, config.server, app.direct);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = createClient(port);
  // It is not lent to `node:http` as long as all that it asks for is known.
  const direct = createClient(port);
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    client.close();
    direct.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await app.close();
  };
  /** Ends the gateway, and with it what it has not told yet. */
  const end = () => (closing ??= closeAll());
  onTestFinished(async () => {
    collector.release();
    await end();
    await collector.close();
  });
  const get = (text: string, more: Asked = {}): Sent => ({
    target: getOf(text, more.variables),
    headers: { ...graphqlJson, ...more.headers },
  });

  return {
    ...{ app, port, collector, client, direct, end, get },
    /** Its log so far. */
    logged: () => lines.map((line): any => JSON.parse(line)),
    /** The spans of all that it was asked, in the end. */
    told: async () => {
      await end();
      return collector.spans();
    },
    /** A POST of free text. */
    ask: (query: string, { variables = {}, headers }: Asked = {}) =>
      client.send({
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      }),
    /** Lets a document be known, so that the short way answers it. */
    warm: async (text: string, more: Asked = {}) => {
      const registration = registrationOf(text, more.variables);
      await client.send({ ...registration, headers: { ...registration.headers, ...more.headers } });
      await client.sendLong(get(text, more));
    },
  };
}

export interface Asked {
  readonly variables?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

/** A step of somebody else's trace. */
export const parent = {
  ...{ traceId, spanId },
  sampled: { traceparent: `00-${traceId}-${spanId}-01` },
  unsampled: { traceparent: `00-${traceId}-${spanId}-00` },
} as const;
