import { expect, inject, onTestFinished, test, vi } from 'vitest';

import { createRedis } from '../../src/redis.ts';
import { UpstreamError } from '../../src/upstreams/errors.ts';
import type { Entry } from '../../src/upstreams/rows/entry.ts';
import { claimKey, rowKey } from '../../src/upstreams/rows/shared-calls.ts';
import { recordingLog } from '../support/recording-log.ts';
import { slotOf, startRedisCluster } from '../support/redis-cluster.ts';
import { startRedis } from '../support/redis.ts';
import {
  claimTtlMs,
  commandsDuring,
  connect,
  entry,
  fetchOrWait,
  freshSet,
  kinds,
  mineOf,
  type Replica,
  replica,
  type ReplicaOptions,
  START_MS,
} from '../support/shared-replica.ts';

const LOCK_MS = 60_000;
const PATIENCE = { timeout: 10_000 };

const of = (key: string, known: Entry) => new Map([[key, known]]);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

/** Claims that one replica has taken, and others want. */
async function claimed(keys: readonly string[], options: ReplicaOptions = {}) {
  const set = freshSet();
  const winner = replica(options);
  const others = Array.from({ length: 3 }, () => replica());
  expect(new Set(await kinds(winner, set, keys))).toEqual(new Set(['mine']));
  return { set, winner, others };
}

/** Stops the timers of renewals: a test moves them on, a third of `LOCK_MS` at a time. */
function holdRenewals() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  return () => vi.advanceTimersByTime(LOCK_MS / 3);
}

test('of 500 keys that two gateways want at once, each is fetched once and received by the other', async () => {
  const set = freshSet();
  const keys = numbered(500);
  const chunks = Array.from({ length: 50 }, (_, index) => keys.slice(index * 10, index * 10 + 10));
  const fetched: string[] = [];
  const race = async (rows: Replica, order: readonly string[][]) => {
    const won = await Promise.all(order.map(async (part) => mineOf(await rows.claim(set, part))));
    for (const key of won.flat()) {
      fetched.push(key);
      void rows.land(set, of(key, entry({ price: key })));
    }
    return won.flat();
  };

  const [one, two] = [replica(), replica()];
  await Promise.all([one.redis.ping(), two.redis.ping()]);
  const won = await Promise.all([race(one, chunks), race(two, chunks.toReversed())]);
  expect(fetched.toSorted()).toEqual(keys.toSorted());

  const received = [...(await one.await(set, won[1])), ...(await two.await(set, won[0]))];
  expect(received).toHaveLength(500);
  for (const [key, claim] of received) {
    expect(claim).toEqual({ kind: 'kept', entry: entry({ price: key }) });
  }
  const failures = { errors: 0, timeouts: 0, held: 0 };
  expect(one.status()).toMatchObject({ received: won[1].length, ...failures });
  expect(two.status()).toMatchObject({ received: won[0].length, ...failures });
});

test('a claim is one command, however many keys and whatever becomes of them', async () => {
  const { set, winner, others } = await claimed(['b', 'c']);
  await winner.land(set, of('c', entry(3)));
  const [rows = winner] = others;

  const commands = await commandsDuring(inject('redisUrl'), set, async () => {
    await expect(kinds(rows, set, ['a', 'b', 'c', 'a'])).resolves.toEqual([
      'mine',
      'theirs',
      'kept',
    ]);
  });

  expect(commands.map(([name, , keys]) => [name, keys])).toEqual([['evalsha', '6']]);
});

test('nothing is asked of Redis for no keys', async () => {
  const server = await startRedis();
  onTestFinished(server.stop);
  const set = freshSet();
  const rows = replica({ url: server.url });
  await rows.redis.ping();
  const commands = await commandsDuring(server.url, undefined, async () => {
    await expect(rows.claim(set, [])).resolves.toEqual(new Map());
    await expect(rows.await(set, [])).resolves.toEqual(new Map());
    await rows.land(set, new Map());
    await rows.fail(set, ['never claimed'], undefined);
  });
  expect(commands).toEqual([]);
});

test('a claim is nobody else’s, not even of who holds it already', async () => {
  const { set, winner, others } = await claimed(['a']);
  await expect(kinds(winner, set, ['a'])).resolves.toEqual(['theirs']);
  for (const rows of others) await expect(kinds(rows, set, ['a'])).resolves.toEqual(['theirs']);
});

test('a gateway that dies is succeeded by exactly one of those who wait', async () => {
  const { set, winner, others } = await claimed(['a'], { lockMs: 150 });
  const fetches: string[] = [];
  winner.crash();

  await Promise.all(
    others.map((rows) =>
      fetchOrWait(rows, set, ['a'], (key) => {
        fetches.push(key);
        return entry('brought');
      }),
    ),
  );

  expect(fetches).toEqual(['a']);
  expect(others.map((rows) => rows.status().received).toSorted()).toEqual([0, 1, 1]);
});

test('two who take over one key each do not wait for each other', async () => {
  const { set, winner, others } = await claimed(['a', 'b'], { lockMs: 60_000 });
  const [one = winner, two = winner] = others;
  const redis = connect();
  winner.crash();

  const waits = [one.await(set, ['a', 'b'])];
  await redis.del(claimKey(set, 'a'));
  await waits[0];
  waits.push(two.await(set, ['a', 'b']));
  await redis.del(claimKey(set, 'b'));

  await expect(Promise.all(waits)).resolves.toEqual([
    new Map([['a', { kind: 'mine' }]]),
    new Map([['b', { kind: 'mine' }]]),
  ]);
});

test('a claim is renewed for as long as it is held, all of a set in one command', async () => {
  const renew = holdRenewals();
  const { set, winner } = await claimed(numbered(50), { lockMs: LOCK_MS });
  const redis = connect();
  await redis.pexpire(claimKey(set, '7'), 10 * LOCK_MS);
  await redis.pexpire(claimKey(set, '8'), LOCK_MS / 2);

  const commands = await commandsDuring(inject('redisUrl'), set, async () => {
    renew();
    renew();
    // Two: a script that the server did not know is sent again behind the first.
    await winner.redis.ping();
    await winner.redis.ping();
  });
  const renewals = commands.filter(([name]) => name === 'evalsha');
  expect(renewals.map(([, , keys]) => keys)).toEqual(['50', '50']);
  for (const key of ['7', '8']) {
    const ttlMs = await claimTtlMs(redis, set, key);
    expect(ttlMs).toBeGreaterThan(LOCK_MS / 2);
    expect(ttlMs).toBeLessThanOrEqual(LOCK_MS);
  }

  await winner.land(set, new Map(numbered(50).map((key) => [key, entry(key)])));
  expect(winner.status().held).toBe(0);
});

test('a claim that became another’s is neither renewed nor let go by who had it', async () => {
  const renew = holdRenewals();
  const { set, winner } = await claimed(['a', 'b'], { lockMs: LOCK_MS });
  const redis = connect();
  await redis.set(claimKey(set, 'a'), 'held another', 'PX', 10 * LOCK_MS);

  renew();
  await vi.waitUntil(() => winner.status().held === 1, PATIENCE);
  await winner.fail(set, ['a', 'b'], undefined);
  await winner.land(set, of('a', entry(1)));

  await expect(redis.get(claimKey(set, 'a'))).resolves.toBe('held another');
  await expect(claimTtlMs(redis, set, 'a')).resolves.toBeGreaterThan(5 * LOCK_MS);
  await expect(redis.exists(claimKey(set, 'b'))).resolves.toBe(0);
});

test('who had a claim and does not know that it is another’s cannot end it', async () => {
  const { set, winner } = await claimed(['a', 'b']);
  const redis = connect();
  for (const key of ['a', 'b']) await redis.set(claimKey(set, key), 'held another');
  await winner.fail(set, ['a'], new UpstreamError({ upstream: 'u', endpoint: 'e', kind: 'auth' }));
  await winner.land(set, of('b', entry(1)));
  for (const key of ['a', 'b']) {
    await expect(redis.get(claimKey(set, key))).resolves.toBe('held another');
  }
});

test('timers run only while something is held or asked', async () => {
  const set = freshSet();
  const rows = replica();
  await rows.redis.ping();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  for (const key of ['a', 'b']) {
    await rows.claim(set, [key]);
    expect(vi.getTimerCount()).toBe(1);
    await rows.land(set, of(key, entry(key)));
    expect(vi.getTimerCount()).toBe(0);
  }
});

test('a renewal that finds the claim lost does not take away the next one', async () => {
  const renew = holdRenewals();
  const server = await startRedis();
  onTestFinished(server.stop);
  const set = freshSet();
  const rows = replica({ url: server.url, lockMs: LOCK_MS });
  await rows.claim(set, ['a']);
  await rows.redis.del(claimKey(set, 'a'));

  // The server does not know the renewal's script: it is sent again in full, behind the claim.
  renew();
  await expect(kinds(rows, set, ['a'])).resolves.toEqual(['mine']);
  await rows.redis.ping();
  expect(rows.status().held).toBe(1);
  renew();
  await rows.redis.ping();
  expect(rows.status()).toMatchObject({ held: 1, errors: 0 });
});

test('a claim that was forgotten is not renewed for ever', async () => {
  const renew = holdRenewals();
  let nowMs = START_MS;
  const options = { lockMs: LOCK_MS, heldMaxMs: 300_000, now: () => nowMs };
  const { set, winner } = await claimed(['a'], options);
  const redis = connect();
  await redis.pexpire(claimKey(set, 'a'), 10 * LOCK_MS);

  nowMs += 299_999;
  renew();
  await winner.redis.ping();
  await winner.redis.ping();
  expect(winner.status().held).toBe(1);
  await expect(claimTtlMs(redis, set, 'a')).resolves.toBeLessThanOrEqual(LOCK_MS);
  nowMs += 1;
  renew();
  expect(winner.status().held).toBe(0);
});

test('a failure is told to those who wait and to those who come within the moment', async () => {
  const { set, winner, others } = await claimed(['a', 'b'], { noteMs: LOCK_MS });
  const [rows = winner, late = winner] = others;
  const options = {
    upstream: 'tokenmetrics',
    endpoint: '/v2/price',
    kind: 'rate-limited',
  } as const;
  const error = new UpstreamError({ ...options, status: 429, retryAfterSeconds: 17 });
  const waiting = rows.await(set, ['a', 'b']);
  await winner.fail(set, ['a', 'b'], error);

  const failed = { kind: 'failed', error };
  const told = await waiting;
  expect(told).toEqual(new Map([...'ab'].map((key) => [key, failed])));
  const [claim] = told.values();
  expect(claim?.kind === 'failed' && claim.error).toBeInstanceOf(UpstreamError);
  expect(claim?.kind === 'failed' && { ...claim.error }).toEqual({ ...error });
  await expect(late.claim(set, ['a'])).resolves.toEqual(new Map([['a', failed]]));

  const redis = connect();
  const ttlMs = await claimTtlMs(redis, set, 'a');
  expect(ttlMs).toBeGreaterThan(0);
  expect(ttlMs).toBeLessThanOrEqual(LOCK_MS);
  await redis.pexpire(claimKey(set, 'a'), 1);
  await vi.waitUntil(async () => (await kinds(late, set, ['a']))[0] === 'mine', PATIENCE);
});

test('a failure that is the caller’s own leaves the key to the next at once', async () => {
  const { set, winner, others } = await claimed(['a']);
  const [rows = winner] = others;
  await winner.fail(set, ['a'], undefined);
  await expect(kinds(rows, set, ['a'])).resolves.toEqual(['mine']);
});

test('a stale entry comes with every answer that holds no fresh one', async () => {
  const { set, winner, others } = await claimed(['a']);
  const [rows = winner, late = winner] = others;
  const stale = entry('old', { freshUntilMs: START_MS });
  await winner.land(set, of('a', stale));

  await expect(rows.claim(set, ['a'])).resolves.toEqual(new Map([['a', { kind: 'mine', stale }]]));
  await expect(late.claim(set, ['a'])).resolves.toEqual(
    new Map([['a', { kind: 'theirs', stale }]]),
  );
  const error = new UpstreamError({ upstream: 'u', endpoint: 'e', kind: 'network' });
  await rows.fail(set, ['a'], error);
  await expect(late.claim(set, ['a'])).resolves.toEqual(
    new Map([['a', { kind: 'failed', error, stale }]]),
  );
});

test('what is fresh is kept, what is stale is fetched, unless nobody is to ask again yet', async () => {
  const soon = START_MS + 1;
  const cases: [string, Entry, string][] = [
    ['fresh', entry(1, { freshUntilMs: soon }), 'kept'],
    ['just over', entry(1, { freshUntilMs: START_MS }), 'mine'],
    ['asked already', entry(1, { freshUntilMs: START_MS, askAgainAtMs: soon }), 'kept'],
    ['to be asked now', entry(1, { freshUntilMs: START_MS, askAgainAtMs: START_MS }), 'mine'],
    ['absent, and known to be', entry(null), 'kept'],
    ['fresh, never to be used stale', entry(1, { keptUntilMs: 0 }), 'kept'],
    ['a row of many parts', entry({ a: [1, null, { b: 'c\n\u2028 ☂' }], d: 0.1 + 0.2 }), 'kept'],
    ['never to change', entry(1, { freshUntilMs: Infinity, keptUntilMs: Infinity }), 'kept'],
    ['fractions', entry(1, { freshUntilMs: START_MS + 0.123, askAgainAtMs: 0.5 }), 'kept'],
  ];
  const set = freshSet();
  const rows = replica();
  await rows.land(set, new Map(cases.map(([key, known]) => [key, known])));

  const claims = await rows.claim(set, [...cases.map(([key]) => key)]);
  for (const [key, known, kind] of cases) {
    const expected = kind === 'kept' ? { kind, entry: known } : { kind, stale: known };
    expect([key, claims.get(key)]).toEqual([key, expected]);
  }
});

test('an entry that may no longer stand in is not given out, whatever else it says', async () => {
  let nowMs = START_MS;
  const set = freshSet();
  const rows = replica({ now: () => nowMs });
  const over = { freshUntilMs: START_MS + 1, keptUntilMs: START_MS + 50_000 };
  await rows.land(set, of('a', entry(1, { ...over, askAgainAtMs: Infinity })));
  nowMs += 50_000;
  await expect(rows.claim(set, ['a'])).resolves.toEqual(new Map([['a', { kind: 'mine' }]]));
  expect(rows.status().held).toBe(1);
});

test('Redis forgets an entry when it is of no use any more, and never one that cannot change', async () => {
  const set = freshSet();
  const rows = replica();
  const redis = connect();
  const keptUntilMs = START_MS + 50_000.5;
  await rows.land(
    set,
    new Map([
      ['over', entry(1, { keptUntilMs: START_MS - 1, freshUntilMs: START_MS - 1 })],
      ['kept', entry(1, { keptUntilMs, freshUntilMs: START_MS })],
      ['fresh', entry(1, { keptUntilMs: 0, freshUntilMs: keptUntilMs })],
      ['for ever', entry(1, { keptUntilMs: Infinity })],
    ]),
  );
  for (const key of ['kept', 'fresh']) {
    const ttlMs = await redis.pttl(rowKey(set, key));
    expect(ttlMs).toBeGreaterThan(40_000);
    expect(ttlMs).toBeLessThanOrEqual(50_001);
  }
  await expect(redis.pttl(rowKey(set, 'for ever'))).resolves.toBe(-1);
  await expect(redis.exists(rowKey(set, 'over'))).resolves.toBe(0);
});

test('what was fetched earlier never replaces what was fetched later', async () => {
  const at = (ms: number, value: unknown, part = {}) =>
    entry(value, { fetchedAtMs: START_MS + ms, ...part });
  const stale = { freshUntilMs: START_MS - 1 };
  const [row, other, absent] = ['row', 'other', null];
  const cases: [there: Entry, landed: Entry, winner: 'there' | 'landed'][] = [
    [at(2, row), at(1, other), 'there'],
    [at(2, row), at(1, absent), 'there'],
    [at(2, absent), at(1, row), 'there'],
    [at(2, row, stale), at(1, other), 'there'],
    [at(1, row), at(2, other), 'landed'],
    [at(1, row), at(2, absent), 'landed'],
    [at(1, absent), at(2, row), 'landed'],
    [at(1, row), at(1, absent), 'there'],
    [at(1, row, stale), at(1, absent), 'landed'],
    [at(1, absent), at(1, row), 'landed'],
    [at(1, row), at(1, 'ends in null'), 'landed'],
    [at(1, row), at(1, row, { askAgainAtMs: START_MS + 9 }), 'landed'],
  ];
  const set = freshSet();
  const rows = replica();
  const landing = (position: 0 | 1) =>
    rows.land(set, new Map(cases.map((parts, index) => [`${index}`, parts[position]])));
  await landing(0);
  await landing(1);

  const claims = await rows.claim(set, Object.keys(cases));
  for (const [index, [there, landed, winner]] of cases.entries()) {
    const claim = claims.get(`${index}`);
    const found = claim?.kind === 'kept' ? claim.entry : claim?.kind === 'mine' && claim.stale;
    expect([index, found]).toEqual([index, winner === 'there' ? there : landed]);
  }
});

test('a claim that Redis evicted costs one more fetch at most, and both values land', async () => {
  const { set, winner, others } = await claimed(['a']);
  const [second = winner, third = winner] = others;
  const waiting = third.await(set, ['a']);
  const redis = connect();
  await redis.del(claimKey(set, 'a'));
  await vi.waitUntil(() => third.status().held === 1, PATIENCE);
  await expect(kinds(second, set, ['a'])).resolves.toEqual(['theirs']);

  await winner.land(set, of('a', entry('first')));
  await expect(kinds(second, set, ['a'])).resolves.toEqual(['kept']);
  await expect(redis.exists(claimKey(set, 'a'))).resolves.toBe(1);
  await waiting;
  await third.land(set, of('a', entry('second', { fetchedAtMs: START_MS + 1 })));

  await expect(second.claim(set, ['a'])).resolves.toMatchObject(
    new Map([['a', { kind: 'kept', entry: { value: 'second' } }]]),
  );
  await expect(redis.exists(claimKey(set, 'a'))).resolves.toBe(0);
});

test('an entry that came along reaches who waits for it, though its fetch goes on', async () => {
  const { set, winner, others } = await claimed(['a']);
  const [helper = winner, rows = winner] = others;
  const waiting = rows.await(set, ['a']);
  await helper.land(set, of('a', entry('came along')));
  await expect(waiting).resolves.toMatchObject(
    new Map([['a', { kind: 'kept', entry: { value: 'came along' } }]]),
  );
  expect(winner.status().held).toBe(1);
});

test('what is not ours counts as absent and is overwritten', async () => {
  const set = freshSet();
  const rows = replica();
  const redis = connect();
  const header = `${START_MS} ${START_MS + 60_000} ${START_MS + 60_000} 0`;
  const inLuaOnly = `${START_MS} inf inf 0 {"a":1}`;
  const texts = [
    inLuaOnly,
    '',
    'hello',
    '1 2 3 4',
    'a b c d {}',
    `${header} {"cut`,
    `${header} `,
    '{"a":1}',
  ];
  const odd = Object.keys(texts);
  for (const [key, text] of texts.entries()) await redis.set(rowKey(set, `${key}`), text);
  await redis.rpush(rowKey(set, 'list'), 'x');
  await redis.set(claimKey(set, 'claim'), 'who knows');
  await redis.set(claimKey(set, 'note'), 'failed {"upstream":"u","endpoint":"e","kind":"odd"}');
  await redis.set(claimKey(set, 'no note'), 'failed ');
  await redis.sadd(claimKey(set, 'claim of a list'), 'x');
  const keys = [...odd, 'list', 'claim', 'note', 'no note', 'claim of a list'];

  const claims = await rows.claim(set, keys);
  expect(claims).toEqual(new Map(keys.map((key) => [key, { kind: 'mine' }])));
  await rows.land(set, new Map(keys.map((key) => [key, entry(key)])));

  const kept = keys.map((key) => [key, { kind: 'kept', entry: entry(key) }] as const);
  await expect(rows.claim(set, keys)).resolves.toEqual(new Map(kept));
  expect(rows.status()).toMatchObject({ errors: 0, held: 0, hits: keys.length });
});

test('a value that JSON cannot hold is not kept, and the claim on it ends', async () => {
  const { set, winner, others } = await claimed(['big', 'none', 'good']);
  const [rows = winner] = others;
  await winner.land(
    set,
    new Map<string, Entry>([
      ['big', entry(1n)],
      ['none', entry(undefined)],
      ['good', entry(1)],
    ]),
  );
  await expect(connect().exists(rowKey(set, 'none'))).resolves.toBe(0);
  await expect(kinds(rows, set, ['big', 'none', 'good'])).resolves.toEqual([
    'mine',
    'mine',
    'kept',
  ]);
});

test('rows of another shape are another’s', async () => {
  const set = freshSet('ab12cd');
  const rows = replica();
  await rows.land(set, of('a', entry(1)));
  await expect(kinds(rows, { ...set, shape: 'ffffff' }, ['a'])).resolves.toEqual(['mine']);
});

test('a key that looks like another kind of key is itself', async () => {
  const set = freshSet();
  const rows = replica();
  const keys = ['a:claim', 'claims:a', '{b}:a', ' a', 'ä☂'];
  await rows.claim(set, ['a']);
  await rows.land(set, new Map(keys.map((key) => [key, entry(key)])));
  const claims = await rows.claim(set, keys);
  for (const key of keys) expect(claims.get(key)).toEqual({ kind: 'kept', entry: entry(key) });
  await expect(kinds(rows, set, ['a'])).resolves.toEqual(['theirs']);
});

test('who has waited long enough is left with the keys', async () => {
  const { set, winner, others } = await claimed(['a']);
  const [rows = winner] = others;
  const cancel = new AbortController();
  const waiting = rows.await(set, ['a'], cancel.signal);
  cancel.abort();
  await expect(waiting).resolves.toEqual(new Map([['a', { kind: 'mine' }]]));
  expect(rows.status().held).toBe(0);
  await expect(kinds(rows, set, ['a'])).resolves.toEqual(['theirs']);
});

test('closing lets go of what is held and of those who wait', async () => {
  const { set, winner, others } = await claimed(['a', 'b']);
  const elsewhere = freshSet();
  await winner.claim(elsewhere, ['c']);
  const [rows = winner, late = winner] = others;
  const waiting = rows.await(set, ['a']);
  await rows.close();
  await expect(waiting).resolves.toEqual(new Map([['a', { kind: 'mine' }]]));
  await expect(kinds(late, set, ['a'])).resolves.toEqual(['theirs']);

  const onItsWay = winner.claim(set, ['d']);
  await winner.close();
  await expect(onItsWay).resolves.toEqual(new Map([['d', { kind: 'mine' }]]));
  await expect(kinds(late, set, ['a', 'b', 'd'])).resolves.toEqual(['mine', 'mine', 'mine']);
  await expect(kinds(late, elsewhere, ['c'])).resolves.toEqual(['mine']);
  expect(winner.status().held).toBe(0);
});

test('a row and its claim are in one slot of a cluster, and a set evenly in sixteen', () => {
  const set = { name: 'price', shape: 'ab12cd' };
  expect(rowKey(set, '3375')).toBe('assay:rows:{price:ab12cd:13}:3375');
  for (const key of ['3375', '1', '{b}', 'a}', '']) {
    expect(slotOf(claimKey(set, key))).toBe(slotOf(rowKey(set, key)));
  }
  const counts = new Map<number, number>();
  for (const key of numbered(1600)) {
    const slot = slotOf(rowKey(set, key));
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  expect(counts.size).toBe(16);
  expect(Math.min(...counts.values())).toBeGreaterThan(50);
  expect(Math.max(...counts.values())).toBeLessThan(200);
  expect(slotOf(rowKey({ ...set, shape: 'ffffff' }, '1'))).not.toBe(slotOf(rowKey(set, '1')));
});

test('a Redis Cluster serves as well', async () => {
  const cluster = await startRedisCluster();
  onTestFinished(cluster.stop);
  const { client, ready, close } = createRedis(cluster.url, { log: recordingLog().log });
  onTestFinished(close);
  await ready;
  const set = freshSet();
  const other = freshSet();
  const [one, two] = [replica({ redis: client }), replica({ redis: client })];
  const keys = numbered(50);

  expect(mineOf(await one.claim(set, keys))).toEqual(keys);
  expect(mineOf(await two.claim(set, keys))).toEqual([]);
  expect(mineOf(await two.claim(other, keys))).toEqual(keys);
  const waiting = two.await(set, keys);
  await one.land(set, new Map(keys.map((key) => [key, entry(key)])));
  const kept = keys.map((key) => [key, { kind: 'kept', entry: entry(key) }] as const);
  await expect(waiting).resolves.toEqual(new Map(kept));
  await two.fail(other, keys, undefined);
  expect(mineOf(await one.claim(other, keys))).toEqual(keys);
  expect([one, two].map((rows) => rows.status().errors)).toEqual([0, 0]);
});
