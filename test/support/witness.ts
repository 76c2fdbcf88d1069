import { once } from 'node:events';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createGuardedServer } from '../../src/connections.ts';
import { createLog } from '../../src/log.ts';

export interface WitnessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: () => number;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The client's own address. */
  readonly from?: string;
  readonly signal?: AbortSignal;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The answer, when it is JSON. */
  readonly json: any;
}

export interface Asked extends Omit<Sent, 'method' | 'body'> {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly body?: object;
}

export type Witness = Awaited<ReturnType<typeof startWitness>>;

/** A gateway behind a socket, with all that it tells anyone: every answer, and every line of its log. */
export async function startWitness({ env = {}, now }: WitnessOptions = {}) {
  const lines: string[] = [];
  const answers: Received[] = [];
  const config = readConfig({
    ...{ LOG_LEVEL: 'trace', GRAPHIQL: 'off', ROWS_MEMORY_MB: '0', TOKENMETRICS_BACKOFF_MS: '1' },
    ...env,
  });
  const log = createLog(config.log, { write: (line: string) => void lines.push(line) });
  const app = await createApp({ config, log, ...(now && { now }) });
  const server = createGuardedServer(app.listener, config.server);
  const port = await portOf(server);

  /** One request as it is, over a connection of its own. */
  async function send({ path = '/graphql', body, from, ...sent }: Sent): Promise<Received> {
    const client = request({ host: '127.0.0.1', port, path, localAddress: from, ...sent });
    client.end(body);
    const [response] = await once(client, 'response');
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    const { statusCode, headers } = response;
    const answer = { status: Number(statusCode), headers: headersOf(headers), text };
    const received = { ...answer, json: jsonOf(text) };
    answers.push(received);
    return received;
  }

  return {
    ...{ app, log, lines, answers, send },
    /** One POST as a client sends it. */
    ask: (query: string | undefined, { variables = {}, headers, body, ...asked }: Asked = {}) =>
      send({
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables, ...body }),
        ...asked,
      }),
    /** A GET of a persisted document. */
    get: (documentId: string, asked: Omit<Sent, 'method' | 'path'> = {}) =>
      send({ path: `/graphql?documentId=${documentId}`, ...asked }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await app.close();
    },
  };
}

/** A server of this machine that answers what a test says. */
export async function serve(listener: RequestListener) {
  const server = createServer(listener);
  const url = `http://127.0.0.1:${await portOf(server)}`;
  return {
    url,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function headersOf(given: Readonly<Record<string, string | string[] | undefined>>) {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}

function jsonOf(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
