import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((gateway) => gateway.close()));
});

async function start(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await startGateway(options);
  open.push(gateway);
  return gateway;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A GET as a mobile client sends it: the hash, and the text only to register it. */
function get(gateway: Gateway, parameters: Record<string, string>, headers = {}) {
  const query = new URLSearchParams(parameters);
  return gateway.app.fetch(`http://gateway/graphql?${query}`, {
    headers: { accept: 'application/json', 'apollo-require-preflight': 'true', ...headers },
  });
}

const apq = (text: string) =>
  JSON.stringify({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });

describe('limits of fields', () => {
  const screen = (aliases: number) =>
    `{ ${Array.from({ length: aliases }, (_, index) => `s${index}: tradingSignals(first: 1) { nodes { date } }`).join(' ')}
       topTokens(first: 1) { nodes { symbol } } }`;

  it.each([
    ['in memory', () => ({})],
    ['in Redis', () => ({ REDIS_URL: inject('redisUrl') })],
  ])('what is beyond is refused with a wait, the rest is answered: %s', async (_name, env) => {
    // A window of its own: the shared Redis may remember another run of this minute.
    const gateway = await start({ env: env() });
    const first = await gateway.ask(screen(120));
    const refused = [first, await gateway.ask(screen(3))].flatMap(({ errors }) => errors ?? []);
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(new Set(refused.map(({ extensions }) => extensions.code))).toEqual(
      new Set(['RATE_LIMITED']),
    );
    const last = await gateway.ask(screen(3));
    expect(last.status).toBe(200);
    expect(last.data).toEqual({
      s0: null,
      s1: null,
      s2: null,
      topTokens: { nodes: [{ symbol: 'BTC' }] },
    });
    expect(last.errors?.[0].extensions).toMatchObject({
      code: 'RATE_LIMITED',
      limit: 120,
      durationSeconds: 60,
      coordinate: 'Query.tradingSignals',
    });
    const wait = last.errors?.[0].extensions.retryAfterSeconds;
    expect(wait).toBeGreaterThan(0);
    expect(last.headers.get('retry-after')).toBe(String(wait));
  });
});

describe('persisted documents of the whole gateway', () => {
  const prices = '{ topTokens(first: 2) { nodes { symbol price { usd } } } }';

  it('a hash is missed, registered and then cacheable by a CDN for as long as its data is fresh', async () => {
    const gateway = await start();
    const miss = await get(gateway, { extensions: apq(prices) });
    expect(miss.status).toBe(200);
    expect((await miss.json()).errors[0].message).toBe('PersistedQueryNotFound');
    expect(miss.headers.get('cache-control')).toContain('no-cache');

    const registered = await get(gateway, { query: prices, extensions: apq(prices) });
    expect(registered.status).toBe(200);

    const hit = await get(gateway, { extensions: apq(prices) });
    expect((await hit.json()).data.topTokens.nodes).toHaveLength(2);
    // Prices keep for five minutes but for a tenth at most, the list of tokens for longer.
    const [, seconds] =
      /^public, max-age=(\d+)$/.exec(hit.headers.get('cache-control') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(269);
    expect(Number(seconds)).toBeLessThanOrEqual(300);
    expect(hit.headers.get('vary')).toContain('Accept');
    const etag = hit.headers.get('etag') ?? '';
    const known = await get(gateway, { extensions: apq(prices) }, { 'if-none-match': etag });
    expect(known.status).toBe(304);
    expect(await known.text()).toBe('');
  });

  it('a document that was refused for its cost is not remembered', async () => {
    const gateway = await start();
    const dear =
      '{ topTokens(first: 100) { nodes { traderGrades(first: 100) { nodes { date } } } } }';
    const refused = await get(gateway, { query: dear, extensions: apq(dear) });
    expect((await refused.json()).errors[0].extensions.code).toBe('COST_LIMIT_EXCEEDED');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    const miss = await get(gateway, { extensions: apq(dear) });
    expect((await miss.json()).errors[0].message).toBe('PersistedQueryNotFound');
  });

  it('a dry run is not remembered either, and not cacheable', async () => {
    const gateway = await start();
    const dry = await get(
      gateway,
      { query: prices, extensions: apq(prices) },
      { 'x-cost-dry-run': 'true' },
    );
    expect(await dry.json()).toMatchObject({ data: null, extensions: { cost: { dryRun: true } } });
    expect(dry.headers.get('cache-control')).toBe('no-store');
    const miss = await get(gateway, { extensions: apq(prices) });
    expect((await miss.json()).errors[0].message).toBe('PersistedQueryNotFound');
  });

  it('an answer with an error in it is not cacheable', async () => {
    const gateway = await start();
    await get(gateway, { query: prices, extensions: apq(prices) });
    gateway.sandbox.faults.set({ path: '/v2/price', status: 500 });
    const partial = await get(gateway, { extensions: apq(prices) });
    expect((await partial.json()).errors[0].extensions.code).toBe('UPSTREAM_UNAVAILABLE');
    expect(partial.headers.get('cache-control')).toBe('no-store');
    expect(partial.headers.get('etag')).toBeNull();
  });

  it('two gateways share what was registered through Redis', async () => {
    const env = { REDIS_URL: inject('redisUrl') };
    const [one, other] = [await start({ env }), await start({ env })];
    const text = `{ topTokens(first: 1) { nodes { id } } } # ${Math.random()}`;
    await (await get(one, { query: text, extensions: apq(text) })).json();
    // The write is not awaited by the answer: another question behind it on the same socket is.
    await expect
      .poll(async () => (await (await get(other, { extensions: apq(text) })).json()).data)
      .toBeTruthy();
  });

  it('trusted mode runs the documents of a manifest and nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-manifest-'));
    const manifest = join(folder, 'app.json');
    await writeFile(manifest, JSON.stringify({ [`sha256:${sha256(prices)}`]: prices }));
    const gateway = await start({ env: { DOCUMENTS: 'trusted', DOCUMENTS_MANIFESTS: manifest } });
    await rm(folder, { recursive: true });

    const byId = await get(gateway, { documentId: `sha256:${sha256(prices)}` });
    expect((await byId.json()).data.topTokens.nodes).toHaveLength(2);
    const byHash = await get(gateway, { extensions: apq(prices) });
    expect((await byHash.json()).errors).toBeUndefined();
    const free = await gateway.ask('{ __typename }');
    expect(free.status).toBe(400);
    expect(free.errors?.[0].extensions.code).toBe('PERSISTED_QUERY_ONLY');
    expect(free.errors?.[0].message).not.toBe('PersistedQueryNotFound');
  });
});

describe('nobody takes the sandbox for real data', () => {
  it('every response says so, and every value', async () => {
    const gateway = await start();
    const { headers, data } = await gateway.ask(
      '{ topTokens(first: 1) { nodes { source price { source } traderGrade { source } } } }',
    );
    expect(headers.get('x-sandbox')).toBe('assay; synthetic data');
    expect(data.topTokens.nodes[0]).toEqual({
      source: 'SANDBOX',
      price: { source: 'SANDBOX' },
      traderGrade: { source: 'SANDBOX' },
    });
    const health = await gateway.app.fetch('http://gateway/health/live');
    expect(health.headers.get('x-sandbox')).toBe('assay; synthetic data');
  });
});
