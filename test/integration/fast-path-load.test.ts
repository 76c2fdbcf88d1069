import { expect, test, vi } from 'vitest';
import { readAll } from '../abuse/real-gateway.ts';
import {
  freely,
  hotly,
  idAt,
  one,
  otherIds,
  startBusy,
  tokens,
  wire,
} from '../support/busy-gateway.ts';
import { waysOf } from '../support/counted-ways.ts';
import { longWay, getOf, graphqlJson, registrationOf, type Sent } from '../support/two-ways.ts';

vi.mock('../../src/yoga-server.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingLong(original),
);
vi.mock('../../src/execution/compile.ts', async (original) =>
  (await import('../support/counted-ways.ts')).countingExecuted(original),
);

/** Both ways at once: nobody gets what is another's. */

test('two hundred clients at once each get their own answer', async () => {
  const { client } = await startBusy();
  await client.send(registrationOf(one, { id: idAt(0) }));
  await client.sendLong(hotly(idAt(0)));
  for (let index = 0; index < tokens.length; index += 1) await client.send(hotly(idAt(index)));

  /** What is asked for, what it must be answered with, and by which status. */
  const kinds: readonly ((index: number) => readonly [Sent, string, number])[] = [
    (index) => [hotly(idAt(index)), `"id":"${idAt(index)}"`, 200],
    (index) => [freely(idAt(index)), `"id":"${idAt(index)}"`, 200],
    (index) => [
      { ...freely(idAt(index)), body: JSON.stringify({ query: `{ t${index}: __typename }` }) },
      `"t${index}":"Query"`,
      200,
    ],
    (index) => [
      { target: getOf(one, { id: `unknown ${index}` }), headers: graphqlJson },
      `unknown ${index}`,
      200,
    ],
    (index) => [
      { target: getOf(`{ x${index} }`), headers: graphqlJson },
      'PersistedQueryNotFound',
      200,
    ],
    (index) => [
      {
        target: getOf(one, { id: index, x: 1 }, { operationName: `N${index}` }),
        headers: graphqlJson,
      },
      `got \\"N${index}\\"`,
      400,
    ],
    (index) => [
      { ...hotly(idAt(index)), headers: { ...graphqlJson, 'x-api-key': 'none' } },
      'UNAUTHENTICATED',
      401,
    ],
  ];
  const { long, executed } = await waysOf(() =>
    Promise.all(
      Array.from({ length: 200 }, async (_, clientIndex) => {
        for (let times = 0; times < 7; times += 1) {
          const number = clientIndex * 7 + times;
          const [sent, part, status] = (
            kinds[(clientIndex + times) % kinds.length] ??
            kinds[0] ??
            fail
          )(number);
          const requestId = `request-${number}`;
          const answer = await client.send({
            ...sent,
            headers: { ...sent.headers, 'x-request-id': requestId },
          });
          expect(answer.headers['x-request-id']).toBe(requestId);
          expect(answer.text).toContain(part);
          expect(answer.status).toBe(status);
        }
      }),
    ),
  );
  // All ways were taken: the known, the unknown, and those that needed neither.
  expect(executed).toBeGreaterThanOrEqual(200);
  expect(long).toBeGreaterThan(600);
  expect(1400 - long - executed).toBeGreaterThan(150);
});

function fail(): never {
  throw new Error('expected a kind of request');
}

/** Answers of one connection, in the order in which they came. */
function answersIn(text: string): { readonly head: string; readonly body: string }[] {
  const answers = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) throw new Error(`expected the end of headers, got ${rest.slice(0, 100)}`);
    const head = rest.slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    answers.push({ head, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

test('requests that are sent in one piece are answered in their order', async () => {
  const { gateway, client } = await startBusy();
  await client.send(registrationOf(one, { id: idAt(0) }));
  await client.sendLong(hotly(idAt(0)));
  for (let index = 0; index < tokens.length; index += 1) await client.send(hotly(idAt(index)));
  const others = await otherIds(gateway);
  const slowId = (index: number) => others[index] ?? '';
  // Slow ones, long ones and hot ones, by turns.
  gateway.sandbox.faults.set({ latencyMs: 50 });
  const sent = Array.from({ length: 20 }, (_, index): Sent => {
    if (index % 5 === 1) return freely(slowId(index));
    if (index % 5 === 3) return { ...hotly(idAt(index)), headers: { ...graphqlJson, ...longWay } };
    if (index % 5 === 4) return { target: getOf(`{ x${index} }`), headers: graphqlJson };
    return hotly(idAt(index));
  });
  const socket = await gateway.dial();
  const numbered = sent.map((one, index) => ({
    ...one,
    headers: {
      ...one.headers,
      'x-request-id': `r${index}`,
      ...(index === 19 ? { connection: 'close' } : {}),
    },
  }));
  const read = readAll(socket);
  socket.write(numbered.map(wire).join(''));
  const answers = answersIn(await read);
  expect(answers.map(({ head }) => /x-request-id: (\S+)/i.exec(head)?.[1])).toEqual(
    numbered.map((_, index) => `r${index}`),
  );
  for (const [index, { body }] of answers.entries()) {
    if (index % 5 === 4) expect(body).toContain('PersistedQueryNotFound');
    else expect(body).toContain(`"id":"${index % 5 === 1 ? slowId(index) : idAt(index)}"`);
  }
});
