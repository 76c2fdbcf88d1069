import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documents, variables } from '../abuse/mangled-documents.ts';
import { requests } from '../abuse/mangled-requests.ts';
import { readAll, type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';
import { faultOf } from '../abuse/well-formed.ts';

/** `npm run test:abuse` runs ten times as many; ABUSE_SEED repeats what a failure names. */
const runs = Number(process.env['ABUSE_RUNS'] ?? 1000);
const seed = Number(process.env['ABUSE_SEED'] ?? 20_261_121);
const deadlineMs = 5000;
const timeout = 60_000 + runs * 60;

let gateway: RealGateway;
const unheard: unknown[] = [];
const hear = (reason: unknown) => void unheard.push(reason);
beforeAll(async () => {
  process.on('unhandledRejection', hear).on('uncaughtException', hear);
  gateway = await startRealGateway({
    env: { REQUEST_TIMEOUT_MS: String(deadlineMs), ROWS_MEMORY_MB: '64' },
    limits: { headersTimeoutMs: 500, requestTimeoutMs: 1000 },
  });
});
afterAll(async () => {
  process.off('unhandledRejection', hear).off('uncaughtException', hear);
  await gateway.close();
});

/** Ten at a time: one after the other would take as long, and meet less. */
async function check<T>(
  arbitrary: fc.Arbitrary<T>,
  faultIn: (value: T) => Promise<string | undefined>,
) {
  const property = fc.asyncProperty(
    fc.array(arbitrary, { minLength: 10, maxLength: 10 }),
    async (values) => {
      const faults = await Promise.all(values.map(faultIn));
      expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
    },
  );
  await fc.assert(property, { numRuns: Math.ceil(runs / 10), seed });
  expect(unheard).toEqual([]);
}

/** A fault with what it came of and how long it took. */
async function timed(what: string, work: () => Promise<string | undefined>) {
  const startedAt = performance.now();
  const fault = await work();
  const ms = performance.now() - startedAt;
  if (fault !== undefined) return `${fault}: ${what}`;
  return ms > deadlineMs + 1000 ? `${Math.round(ms)} ms: ${what}` : undefined;
}

it(`${runs} documents, valid and mangled, are answered well`, { timeout }, async () => {
  const statuses = new Map<number, number>();
  await check(fc.tuple(documents(gateway.app.schema), variables), ([query, values]) =>
    timed(JSON.stringify(query).slice(0, 2000), async () => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: values }),
      });
      const contentType = response.headers.get('content-type') ?? '';
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      return faultOf({ status: response.status, contentType, body: await response.text() });
    }),
  );
  // Both kinds were there: the generator has not lost its aim.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(runs / 10);
  expect(statuses.get(400) ?? 0).toBeGreaterThan(runs / 10);
});

it(`${runs} mangled requests are answered well`, { timeout }, async () => {
  await check(requests, ({ bytes, method }) =>
    timed(JSON.stringify(bytes.toString('latin1')).slice(0, 2000), async () => {
      const socket = await gateway.dial();
      socket.write(bytes);
      return faultInRaw(await readAll(socket, deadlineMs + 2000), method);
    }),
  );
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ __typename }"}',
  });
  expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } });
});

/** Of the first answer on a connection; one that is closed without any had nothing to be answered. */
function faultInRaw(text: string, method: string): string | undefined {
  if (text === '') return undefined;
  const rest = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const end = rest.indexOf('\r\n\r\n');
  const head = rest.slice(0, end);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 999);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const contentType = /^content-type: (.*?)\r?$/im.exec(head)?.[1] ?? '';
  if (method === 'HEAD') return status >= 500 ? `status ${status}` : undefined;
  const body = Buffer.from(rest.slice(end + 4), 'latin1')
    .subarray(0, length)
    .toString('utf8');
  const isHealth = /^\{"status":"(live|ready)"\}$/.test(body);
  return isHealth ? undefined : faultOf({ status, contentType, body });
}
