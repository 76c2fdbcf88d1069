import { expect, onTestFinished, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { DAY_MS, HOUR_MS } from '../../src/calendar.ts';
import { readConfig } from '../../src/config.ts';
import { createGuardedServer } from '../../src/connections.ts';
import { sha256Hex } from '../../src/documents/hash.ts';
import { createLog } from '../../src/log.ts';
import { writeCallers } from '../support/callers-files.ts';
import { waysOf } from '../support/counted-ways.ts';
import {
  createClient,
  getOf,
  graphqlJson,
  registrationOf,
  type Sent,
} from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);
vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

const text = 'query Logged { topTokens(first: 2) { nodes { id } } }';
const nameless = '{ topTokens(first: 1) { nodes { symbol } } }';
const failing =
  'query Failing { token(by: { tokenMetricsId: 3375 }) { tmGrades(first: 1000) { nodes { date } } } }';

/** A gateway whose log can be read, for callers of a plan with so many requests a minute. */
async function start(requestsPerMinute: number, env: Readonly<Record<string, string>> = {}) {
  const files = await writeCallers(
    { free: { requestsPerMinute } },
    { documents: { [sha256Hex(nameless)]: nameless } },
  );
  // Frozen, and after the keys were made.
  const nowMs = Math.ceil(Date.now() / DAY_MS) * DAY_MS + 12 * HOUR_MS;
  const lines: string[] = [];
  const config = readConfig({ GRAPHIQL: 'off', ROWS_MEMORY_MB: '64', ...files.env, ...env });
  const log = createLog({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const app = await createApp({ config, log, now: () => nowMs });
  const server = createGuardedServer(app.listener, {
    connectionsMax: 100,
    connectionsPerAddressMax: 100,
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const client = createClient(typeof address === 'object' && address !== null ? address.port : 0);
  onTestFinished(async () => {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await app.close();
    await files.remove();
  });
  const headers = { ...graphqlJson, 'x-api-key': files.keys.free };
  const get = (text: string, more: Readonly<Record<string, string>> = {}): Sent => ({
    target: getOf(text),
    headers: { ...headers, ...more },
  });
  const post = (body: object): Sent => ({
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return {
    ...{ client, get, post },
    register: (text: string) => {
      const registration = registrationOf(text);
      return client.send({ ...registration, headers: { ...registration.headers, ...headers } });
    },
    /** The line of a request, without what is its own. */
    lineOf: async (send: () => Promise<unknown>) => {
      lines.length = 0;
      await send();
      await vi.waitFor(() => expect(lines).not.toHaveLength(0));
      expect(lines).toHaveLength(1);
      const { ms, time, requestId, ...line } = JSON.parse(lines[0] ?? '');
      expect([ms, Date.parse(time)]).toEqual([expect.any(Number), expect.any(Number)]);
      expect(requestId).toMatch(/^[\w-]+$/);
      return line;
    },
  };
}

test('the page of GraphiQL has its line, and its number, as all have', async () => {
  const { client, lineOf } = await start(10, { GRAPHIQL: 'on' });
  const page = { target: '/graphql', headers: { accept: 'text/html', 'x-request-id': 'mine' } };
  const line = await lineOf(async () => {
    const { text, headers } = await client.send(page);
    expect([text.includes('<html'), headers['x-request-id']]).toEqual([true, 'mine']);
  });
  expect(line).toMatchObject({ method: 'GET', status: 200, msg: 'request' });
});

test('each request has one line, which says the same by whatever way it was answered', async () => {
  const { client, get, post, register, lineOf } = await start(1000);
  for (const document of [text, nameless, failing]) await register(document);
  await client.sendLong(get(text));
  const cases: readonly Sent[] = [
    ...[get(text), get(nameless), get(failing)],
    get(text, { accept: 'application/json' }),
    ...[post({ query: text }), post({ query: failing }), post({ query: nameless })],
    post({ query: text, operationName: 'Logged' }),
    ...[get('{ unknown }'), get(text, { 'x-api-key': 'none' })],
    post({ query: text, operationName: 'Other' }),
  ];
  for (const sent of cases) {
    await client.sendLong(sent);
    const long = await lineOf(() => client.sendLong(sent));
    for (let times = 0; times < 2; times += 1) {
      expect(await lineOf(() => client.send(sent)), JSON.stringify(sent)).toEqual(long);
    }
  }
  const hot = await waysOf(() => client.send(get(text)));
  expect([hot.long, hot.executed]).toEqual([0, 0]);
});

/** The log's line of a request that is answered 304 by one of the ways. */
async function lineOfKnown(way: 'send' | 'sendLong') {
  const { client, get, register, lineOf } = await start(1000);
  await register(text);
  const { headers } = await client.sendLong(get(text));
  const sent = get(text, { 'if-none-match': headers['etag'] ?? '' });
  expect((await client[way](sent)).status).toBe(304);
  return lineOf(() => client[way](sent));
}

test('a 304 is a 304 in the log', async () => {
  expect(await lineOfKnown('send')).toMatchObject({ status: 304, operation: 'Logged' });
});

test('a 304 of the long way is a 304 in the log', async () => {
  expect(await lineOfKnown('sendLong')).toMatchObject({ status: 304, operation: 'Logged' });
});

test('the line of a request beyond the quota says what it asked for on both ways', async () => {
  const { client, get, register, lineOf } = await start(3);
  await register(text);
  await client.sendLong(get(text));
  await client.send(get(text));
  expect((await client.send(get(text))).status).toBe(429);
  const long = await lineOf(() => client.sendLong(get(text)));
  expect(long).toMatchObject({ status: 429, operation: 'Logged' });
  expect(await lineOf(() => client.send(get(text)))).toEqual(long);
});
