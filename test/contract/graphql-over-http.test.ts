import { serverAudits } from 'graphql-http';
import { afterAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';

const gateway = await startGateway();
afterAll(() => gateway.close());

const audits = serverAudits({
  url: 'http://gateway/graphql',
  fetchFn: (url: string, init?: RequestInit) => gateway.app.fetch(url, init),
});

describe('the gateway speaks GraphQL over HTTP', () => {
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
