import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { countRoundTrips } from '../support/counting-redis.ts';
import { startGateway, tokenId } from '../support/gateway.ts';
import { startRedis } from '../support/redis.ts';

const seriesOfThree = `{
  tokens(ids: ["${[3375, 3306, 3369].map(tokenId).join('", "')}"]) {
    nodes {
      symbol
      tmGrades(first: 3) { nodes { grade } }
      tradingSignals(first: 3) { nodes { signal } }
    }
  }
  topTokens(first: 3) { nodes { symbol } }
}`;

async function start(env: Readonly<Record<string, string>> = {}) {
  const server = await startRedis();
  onTestFinished(server.stop);
  const counted = await countRoundTrips(server.url);
  const redis = new Redis(server.url);
  onTestFinished(() => redis.disconnect());
  const gateway = await startGateway({
    env: { REDIS_URL: counted.url, ROWS_MEMORY_MB: '64', ...env },
  });
  onTestFinished(gateway.close);
  /** Uses counted for a caller, of all limits. */
  const uses = async () => {
    const keys = await redis.keys('assay:rate:*');
    const counts = keys.length === 0 ? [] : await redis.mget(keys);
    return Object.fromEntries(
      keys.map((key, index) => [key.split(':')[2], Number(counts[index])] as const).sort(),
    );
  };
  return { ...gateway, counted, uses };
}

test('quota and all limits of fields take one round trip before an operation runs', async () => {
  const gateway = await start();
  const { counted } = gateway;
  await gateway.ask(seriesOfThree);
  const trips = await counted.during(async () => {
    const { errors, data } = await gateway.ask(seriesOfThree);
    expect(errors).toBeUndefined();
    expect(data.tokens.nodes).toHaveLength(3);
  });
  // What is given back is not waited for: it may be under way already.
  expect(trips).toBeLessThanOrEqual(2);
  const silent = await counted.during(() => gateway.ask('{ __typename }'));
  expect(silent).toBeLessThanOrEqual(2);
});

test('what was reserved and not used goes back', async () => {
  const gateway = await start();
  // One of the two tokens is unknown: its series are planned for and never asked for.
  const ids = [3375, 999_999].map(tokenId).join('", "');
  const { data } = await gateway.ask(
    `{ tokens(ids: ["${ids}"]) { nodes { tmGrades(first: 1) { nodes { grade } } } } }`,
  );
  expect(data.tokens.nodes).toMatchObject([{}, null]);
  await expect.poll(gateway.uses).toEqual({ '1200/60': 1, '3000/60': 1 });
});

test('what a limit has left is granted although more was planned', async () => {
  const gateway = await start();
  // Of 51 uses that are planned one is made; three times 51 are more than the 120 there are.
  const ids = [3375, ...Array.from({ length: 50 }, (_, index) => 900_000 + index)].map(tokenId);
  const query = `{ tokens(ids: ["${ids.join('", "')}"]) { nodes { chart { url } } } }`;
  const answers = await Promise.all([1, 2, 3].map(() => gateway.ask(query)));
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  await expect.poll(gateway.uses).toEqual({ '1200/60': 3, '120/60': 3 });
});
