import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { badScenarios } from './bad-clients.ts';
import { decentScenarios } from './decent-clients.ts';
import type { Job } from './job.ts';
import { runLoad, startLoad } from './load.ts';
import type { World } from './scenario.ts';
import { faultsOf } from './tables.ts';

const token = 'VG9rZW46MzM3NQ';
const operation = { id: 'sha256:1', name: 'TokenPage', text: '{ a }', variables: { id: token } };
const world: World = {
  tokens: [token],
  ...{ published: [operation], apollo: [operation], relay: [operation] },
  keys: { app: ['app'], partner: ['partner'], trial: 'trial', unknown: 'unknown' },
};
const good: RequestListener = (request, response) => {
  request.resume().once('end', () => response.end('{"data":{}}'));
};

async function jobAt(listener: RequestListener): Promise<Job> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ origin: `http://127.0.0.1:${port}`, world, seed: 1, pace: 'closed', connections: 4 },
    ...{ seconds: Infinity, requestsMax: 20, retries: 0, only: ['published, POST'] },
  };
}

test('who answers everything well answers bad requests wrongly', async () => {
  const { only: _only, ...all } = await jobAt(good);
  const requestsMax = decentScenarios(world).length + badScenarios(world).length;
  const { scenarios } = await runLoad({ ...all, requestsMax });
  const wrong = faultsOf(scenarios);
  expect(wrong).toContain('unknown key: 1 × 200');
  expect(wrong).toContain('broken JSON: 1 × 200');
  expect(wrong.filter((text) => /POST|GET|ad-hoc|hash|trial|left/.test(text))).toEqual([]);
});

test('an answer with errors is a fault of who asked well', async () => {
  const errors = JSON.stringify({ errors: [{ extensions: { code: 'INTERNAL' } }], data: null });
  const job = await jobAt((_request, response) => response.end(errors));
  const { total } = await runLoad(job);
  expect(total.faults).toEqual({ '200 INTERNAL': 20 });
});

test('a client that asks twice fails when nobody answers twice', async () => {
  let asked = 0;
  const job = await jobAt((request, response) => {
    asked += 1;
    if (asked <= 3) request.socket.destroy();
    else good(request, response);
  });
  const { total } = await runLoad({ ...job, connections: 1, requestsMax: 3, retries: 1 });
  expect(total.outcomes).toEqual({ 'no answer: UND_ERR_SOCKET': 1, '200': 2 });
  expect(total.retried).toEqual({ 'no answer: UND_ERR_SOCKET': 2 });
  expect(asked).toBe(5);
});

test('at a rate it sends whatever becomes of the others, and counts in the phase of the answer', async () => {
  const held: (() => void)[] = [];
  const job = await jobAt((_request, response) => held.push(() => response.end('{"data":{}}')));
  const load = startLoad({ ...job, pace: { perSecond: 200 }, connections: 100, requestsMax: 60 });
  await load.begin('one');
  while (held.length < 60) await new Promise((resolve) => setTimeout(resolve, 20));
  await load.begin('two');
  for (const answer of held) answer();
  const { phases } = await load.report();
  const counts = phases.map(({ name, requests }) => ({ name, requests }));
  expect(counts).toEqual([
    { name: 'one', requests: 0 },
    { name: 'two', requests: 60 },
  ]);
});
