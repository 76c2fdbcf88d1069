import { type AddressInfo, createServer } from 'node:net';
import { expect, test, vi } from 'vitest';
import { ask, serve } from '../support/admin.ts';
import { metricsIn } from '../support/prometheus.ts';
import { startTraced, type TracedGateway } from '../support/traced-gateway.ts';

/** A collector on its bad days: requests do not notice. */

const text = 'query Traced { topTokens(first: 1) { nodes { symbol } } }';
/** Less than what is waited before a batch is sent again. */
const giveUpSoon = { OTEL_EXPORTER_OTLP_TIMEOUT: '500' };

/** So many requests that their spans are more than fit a batch. */
async function askOften(gateway: TracedGateway, times: number): Promise<void> {
  for (let asked = 0; asked < times; asked += 50) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => gateway.client.send(gateway.get(text))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  }
}

const told = (gateway: TracedGateway) =>
  gateway
    .logged()
    .filter(({ msg }) => msg.includes('collector'))
    .map(({ level, msg, status, err, lost }) => ({ level, msg, status, err, lost }));

const lostLine = (reason: object) => ({
  ...{ level: 40, msg: 'the collector takes no traces: spans are lost until it does' },
  ...reason,
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('of a collector that is gone one line is written, however much it is not told', async () => {
  const gateway = await startTraced({
    ...giveUpSoon,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${await freePort()}/v1/traces`,
  });
  await gateway.warm(text);
  await askOften(gateway, 500);
  await vi.waitFor(() => expect(told(gateway)).toHaveLength(1));
  await askOften(gateway, 500);
  await gateway.end();
  const err = expect.objectContaining({ code: 'ECONNREFUSED' });
  expect(told(gateway)).toEqual([lostLine({ err })]);
  expect(gateway.collector.bodies).toEqual([]);
});

test('one that answers 503 is asked again later, and a line says that it is well again', async () => {
  const gateway = await startTraced(giveUpSoon);
  gateway.collector.mood.status = 503;
  await gateway.warm(text);
  await askOften(gateway, 500);
  await vi.waitFor(() => expect(told(gateway)).toEqual([lostLine({ status: 503 })]));
  gateway.collector.mood.status = 200;
  await askOften(gateway, 500);
  await gateway.end();
  const again = { level: 30, msg: 'the collector takes traces again', lost: expect.any(Number) };
  expect(told(gateway)).toEqual([lostLine({ status: 503 }), again]);
});

test('what is to be sent again is sent once more when the gateway ends', async () => {
  const gateway = await startTraced();
  const { bodies, mood } = gateway.collector;
  mood.status = 503;
  await gateway.warm(text);
  await askOften(gateway, 150);
  await vi.waitFor(() => expect(bodies).toHaveLength(1));
  mood.status = 200;
  await gateway.end();
  expect(bodies.slice(1)).toContain(bodies[0]);
  expect(told(gateway)).toEqual([]);
});

test('one that refuses a batch for good is not asked for it again', async () => {
  const gateway = await startTraced();
  gateway.collector.mood.status = 400;
  await gateway.warm(text);
  await gateway.end();
  expect(told(gateway)).toEqual([lostLine({ status: 400 })]);
  expect(gateway.collector.bodies).toHaveLength(1);
});

test('for one that does not answer only so much is kept, and nobody waits', async () => {
  const gateway = await startTraced();
  gateway.collector.mood.isHeld = true;
  await gateway.warm(text);
  const requests = 4000;
  await askOften(gateway, requests);
  // The first batch is on its way, all others wait for it.
  expect(gateway.collector.bodies).toHaveLength(1);
  gateway.collector.release();
  const spans = await gateway.told();
  expect(spans.length).toBeGreaterThan(1000);
  expect(spans.length).toBeLessThan(requests);
});

test('what finds no place to wait in, and what is not taken, is counted', async () => {
  const gateway = await startTraced({ ADMIN_PORT: '0' });
  const port = await serve(gateway.app.admin);
  const lost = async () => {
    const { of } = metricsIn((await ask(port, '/metrics')).text);
    return of('assay_spans_lost_total', 'reason');
  };
  const { mood } = gateway.collector;
  mood.isHeld = true;
  mood.status = 400;
  await gateway.warm(text);
  expect(await lost()).toEqual({ 'queue-full': 0, 'not-taken': 0 });
  await askOften(gateway, 4000);
  const dropped = (await lost())['queue-full'] ?? NaN;
  expect(dropped).toBeGreaterThan(1000);
  const line = 'spans are lost: more are recorded than the collector takes';
  expect(told(gateway)).toEqual([{ level: 40, msg: line, lost: 1 }]);
  gateway.collector.release();
  const taken = (await gateway.told()).length;
  expect(await lost()).toEqual({ 'queue-full': dropped, 'not-taken': taken });
});
