import { serverAudits } from 'graphql-http';
import { afterAll, describe, expect, it } from 'vitest';
import { startRealGateway } from '../abuse/real-gateway.ts';
import { writeCallers } from '../support/callers-files.ts';
import { startGateway } from '../support/gateway.ts';

const gateway = await startGateway();
// Some audits ask for the schema, which the plan has to allow.
const files = await writeCallers({ basic: { introspection: true, requestsPerMinute: 100_000 } });
const production = await startRealGateway({
  env: { ...files.env, ANONYMOUS: 'off', GRAPHIQL: 'off' },
});
afterAll(async () => {
  await Promise.all([gateway.close(), production.close()]);
  await files.remove();
});

const gateways = [
  {
    place: 'as it starts',
    url: 'http://gateway/graphql',
    fetchFn: (url: string, init?: RequestInit) => gateway.app.fetch(url, init),
  },
  {
    place: 'as in production, over a socket and with a key',
    url: production.url,
    fetchFn: async (url: string, init?: RequestInit) => {
      const headers = new Headers(init?.headers);
      headers.set('x-api-key', files.keys.basic);
      // What ran once is known, and takes the fast path from then on.
      await fetch(url, { ...init, headers }).then((response) => response.text());
      return fetch(url, { ...init, headers });
    },
  },
];

describe.each(gateways)('the gateway speaks GraphQL over HTTP $place', (options) => {
  const audits = serverAudits(options);

  it('is measured by 61 audits', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit]))(
    '%s %s',
    async (_id, _name, audit) => {
      const result = await audit.fn();
      expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok');
    },
  );
});
