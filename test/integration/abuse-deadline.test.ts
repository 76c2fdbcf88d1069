import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const timeoutMs = 500;
const env = {
  REQUEST_TIMEOUT_MS: String(timeoutMs),
  TOKENMETRICS_RETRIES: '0',
  TOKENMETRICS_CONNECTIONS: '1',
};
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(() => gateway.close());

const query = '{ topTokens(first: 1) { nodes { symbol } } }';

it('an operation that takes too long is answered, with a code', async () => {
  gateway.sandbox.faults.set({ latencyMs: timeoutMs + 100 });
  const { status, data, errors, headers } = await gateway.ask(query);
  expect({ status, data, errors }).toEqual({
    status: 504,
    data: undefined,
    errors: [
      {
        message: 'The operation was not answered in 500 ms.',
        extensions: { code: 'REQUEST_TIMEOUT', retryable: true, timeoutMs },
      },
    ],
  });
  expect(headers.get('cache-control')).toBe('no-store');
  gateway.sandbox.faults.clear();
});

it('what waits for it is let go and sends nothing more; nothing is rejected unheard', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => void unheard.push(reason);
  process.on('unhandledRejection', hear);
  const fresh = await startGateway({ env });
  fresh.sandbox.faults.set({ latencyMs: timeoutMs + 50, times: 1 });
  const sent = await fresh.upstreamRequests(async () => {
    // One has the only connection, the others wait for it.
    const late = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        fresh.ask(`{ tokensBySymbol(symbol: "S${index}") { price { usd } } }`),
      ),
    );
    expect(late.map(({ status }) => status)).toEqual(late.map(() => 504));
    const last = await fresh.ask('{ tradingSignals(first: 1) { nodes { date } } }');
    expect(last.status).toBe(200);
  });
  expect(sent).toHaveLength(2);
  expect(sent).toContain('/trading-signals');
  await fresh.close();
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});

it('a mutation may take as long as what it asks: its answer cannot be asked for again', async () => {
  gateway.sandbox.faults.set({ latencyMs: 3 * timeoutMs });
  const { status, data } = await gateway.ask(
    'mutation { askAnalyst(question: "BTC?") { answer } }',
  );
  expect([status, typeof data.askAnalyst.answer]).toEqual([200, 'string']);
  gateway.sandbox.faults.clear();
});

it('a document of both is given the time of the operation that runs', async () => {
  gateway.sandbox.faults.set({ latencyMs: timeoutMs + 100 });
  const both = `query Q ${query} mutation M { askAnalyst(question: "BTC?") { answer } }`;
  const { status } = await gateway.ask(both, {}, { body: { operationName: 'Q' } });
  expect(status).toBe(504);
  gateway.sandbox.faults.clear();
});

it('by default a query has half a minute, and a mutation a second more than the analyst', () => {
  expect(readConfig({}).deadline).toEqual({ queryMs: 30_000, mutationMs: 61_000 });
  expect(readConfig({ REQUEST_TIMEOUT_MS: '90000' }).deadline.mutationMs).toBe(90_000);
});
