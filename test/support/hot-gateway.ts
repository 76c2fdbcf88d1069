import { expect, onTestFinished } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/calendar.ts';
import { startRealGateway } from '../abuse/real-gateway.ts';
import { waysOf } from './counted-ways.ts';
import { createClient, getOf, graphqlJson, registrationOf, type Sent } from './two-ways.ts';

export const noon = Date.parse('2026-11-20T12:00:00Z');
/** Keys are made today, and are good from then on. */
export const tomorrow = Math.ceil(Date.now() / DAY_MS) * DAY_MS + 12 * HOUR_MS;
export const seconds = 1000;
export const minutes = 60 * seconds;

/** A gateway with a clock that stands, and a client of it. */
export async function startHot(env: Readonly<Record<string, string>> = {}, startMs = noon) {
  const clock = { nowMs: startMs };
  const gateway = await startRealGateway({
    env: { ROWS_MEMORY_MB: '64', COST_CREDITS_MAX: '1000', ...env },
    now: () => clock.nowMs,
  });
  const client = createClient(gateway.port);
  onTestFinished(async () => {
    client.close();
    await gateway.close();
  });
  const get = (text: string, { variables, headers }: Asked = {}): Sent => ({
    target: getOf(text, variables),
    headers: { ...graphqlJson, ...headers },
  });
  return {
    ...{ clock, gateway, client, get },
    /** Lets a document be known, its rows be in memory and its answer be kept. */
    heat: async (text: string, asked: Asked = {}) => {
      const registration = registrationOf(text, asked.variables);
      const registered = await client.send({
        ...registration,
        headers: { ...registration.headers, ...asked.headers },
      });
      expect(registered.text).not.toContain('"errors"');
      await client.sendLong(get(text, asked));
      await client.send(get(text, asked));
      const again = await waysOf(() => client.send(get(text, asked)));
      expect([again.long, again.executed], text).toEqual([0, 0]);
      return again.result;
    },
    /** What a request is answered, and how. */
    ask: async (text: string, asked: Asked = {}) => {
      const { result, long, executed } = await waysOf(() => client.send(get(text, asked)));
      return { ...result, way: long > 0 ? 'long' : executed > 0 ? 'executed' : 'hot' };
    },
    askLong: (text: string, asked: Asked = {}) => client.sendLong(get(text, asked)),
  };
}

export interface Asked {
  readonly variables?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export const keyed = (key: string): Asked => ({ headers: { 'x-api-key': key } });
export const dataOf = ({ text }: { readonly text: string }) => JSON.parse(text).data;

export const price = (token: number) =>
  `{ token(by: { tokenMetricsId: ${token} }) { price { usd fetchedAt stale } } }`;
export const priceOf = (answer: { readonly text: string }) => dataOf(answer).token.price;
