import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { charts, endpoints } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import { coverage } from '../../src/sandbox/coverage.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { referenceEndpoints } from '../support/upstream-endpoints.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { TOKENMETRICS_VERSION: 'v3' } });
});
afterAll(() => gateway.close());

const inV3 = new Set(
  coverage.filter(({ generation }) => generation === 'v3').map(({ path }) => path.slice(3)),
);

describe('the third generation of the API answers the same graph', () => {
  it.each(referenceEndpoints.filter(({ path }) => inV3.has(path)))(
    '$path',
    async ({ path, query, pick }) => {
      gateway.sandbox.clearRequests();
      const { data, errors } = await gateway.ask(query);
      expect(errors).toBeUndefined();
      const found = pick(data);
      expect(Array.isArray(found) ? found.length > 0 : found !== null).toBe(true);
      const paths = gateway.sandbox.requests.map((request) => request.path);
      expect(paths).toContain(`/v3${path}`);
      expect(paths.filter((asked) => !asked.startsWith('/v3/'))).toEqual([]);
    },
  );

  it('lists that it cuts short are asked for whole', async () => {
    const { data } = await gateway.ask(
      '{ token(by: { tokenMetricsId: 3375 }) { link exchanges { name } categories { slug } } }',
    );
    expect(data.token.link).toMatch(/^https:/);
    expect(data.token.exchanges.length).toBeGreaterThan(0);
    expect(data.token.categories.length).toBeGreaterThan(0);
  });
});

describe('what the third generation left behind', () => {
  const left = referenceEndpoints.filter(({ path }) => !inV3.has(path));

  it.each(left)('$path is UPSTREAM_WITHDRAWN, and not asked for', async ({ path, query, pick }) => {
    gateway.sandbox.clearRequests();
    const { data, errors } = await gateway.ask(query);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_WITHDRAWN']);
    expect(pick(data) ?? null).toBeNull();
    const paths = gateway.sandbox.requests.map((request) => request.path);
    expect(paths).not.toContain(`/v3${path}`);
  });

  it('is what the table of endpoints says', () => {
    const v2Only = [
      ...Object.values(endpoints).flatMap(({ path, ...traits }) =>
        'isV2Only' in traits && traits.isV2Only ? [path] : [],
      ),
      ...Object.values(charts),
      '/tmai',
    ];
    expect(v2Only.sort()).toEqual(left.map(({ path }) => path).sort());
  });
});
