import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';
import { known, persisted, two } from '../support/odd-gets.ts';
import { bodyBytesMax, oddRequests, post } from '../support/odd-requests.ts';
import {
  type Client,
  createClient,
  getOf,
  json,
  registrationOf,
  tellOf,
} from '../support/two-ways.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');

let gateway: RealGateway;
let client: Client;
beforeAll(async () => {
  gateway = await startRealGateway({
    env: { ROWS_MEMORY_MB: '64', BODY_BYTES_MAX: String(bodyBytesMax) },
    now: () => nowMs,
  });
  client = createClient(gateway.port);
  const warm = { ids: ['VG9rZW46MzM3NQ'], first: 2 };
  await client.send(registrationOf(known, warm));
  for (const operationName of ['A', 'B']) {
    const { headers, body } = registrationOf(two);
    const more = { ...JSON.parse(String(body)), operationName };
    await client.send({ method: 'POST', headers: { ...headers }, body: JSON.stringify(more) });
  }
  for (const accept of [
    undefined,
    'application/graphql-response+json',
    'application/json',
    '*/*',
  ]) {
    const headers: Readonly<Record<string, string>> = accept === undefined ? {} : { accept };
    for (const variables of [warm, {}, undefined]) {
      await client.send({ target: getOf(known, variables), headers: { ...headers, ...json } });
      await client.send(post({ extensions: persisted, variables }, headers));
    }
    for (const operationName of ['A', 'B']) {
      await client.send({
        target: getOf(two, undefined, { operationName }),
        headers: { ...headers, ...json },
      });
    }
  }
});
afterAll(async () => {
  client.close();
  await gateway.close();
});

for (const [name, sent] of Object.entries(oddRequests)) {
  test(`both ways answer the same: ${name}`, async () => {
    // The first reads what the others find in memory.
    await client.sendLong(sent);
    const long = await client.sendLong(sent);
    for (let times = 0; times < 3; times += 1) {
      expect(tellOf(await client.send(sent))).toEqual(tellOf(long));
    }
  });
}
