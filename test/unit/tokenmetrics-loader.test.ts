import { expect, test, vi } from 'vitest';
import { createLoader } from '../../src/upstreams/tokenmetrics/loader.ts';
import { createTally } from '../../src/usage.ts';

const failed = new Error('broken');

/** Numbers loaded as texts: those below 10 are at hand, 13 fails. */
function start(batch = vi.fn(loadAll)) {
  const tally = createTally();
  const loader = createLoader<number, string | null, number>({
    idOf: (key) => key,
    see: (key) => (key < 10 ? String(key) : undefined),
    now: () => 0,
    tally,
    batch,
  });
  return { loader, batch, tally };
}

const loadAll = (keys: readonly number[]) =>
  Promise.resolve(keys.map((key) => (key === 13 ? failed : key === 14 ? null : String(key))));

test('what is at hand is answered at once', () => {
  const { loader, batch } = start();
  expect(loader.load(1)).toBe('1');
  expect(loader.loadMany([1, 2])).toEqual(['1', '2']);
  expect(batch).not.toHaveBeenCalled();
});

test('all keys of a tick are one batch, each once and in their order', async () => {
  const { loader, batch, tally } = start();
  const [first, second, third] = [
    loader.loadMany([12, 1, 11]),
    loader.load(10),
    loader.loadMany([11, 15]),
  ];
  expect([await first, await second, await third]).toEqual([['12', '1', '11'], '10', ['11', '15']]);
  expect(batch.mock.calls).toEqual([[[12, 11, 10, 15]]]);
  expect(tally.repeats).toBe(1);
});

test('what has arrived is answered at once, absence too', async () => {
  const { loader, batch } = start();
  const arriving = loader.loadMany([11, 14]);
  expect([loader.known(11), loader.known(12)]).toEqual([undefined, undefined]);
  await arriving;
  expect([loader.load(11), loader.load(14)]).toEqual(['11', null]);
  expect(loader.loadMany([14, 11])).toEqual([null, '11']);
  expect([loader.known(11), loader.known(14)]).toEqual(['11', null]);
  expect(batch).toHaveBeenCalledTimes(1);
});

test('a key that fails fails alone, as often as it is asked for', async () => {
  const { loader, batch } = start();
  expect(await loader.loadMany([11, 13])).toEqual(['11', failed]);
  await expect(loader.load(13)).rejects.toBe(failed);
  expect(loader.loadMany([13, 11])).toEqual([failed, '11']);
  expect(loader.known(13)).toBe(failed);
  expect(batch).toHaveBeenCalledTimes(1);
});

test.each([
  ['fails', () => Promise.reject(failed), failed],
  ['loses a key', () => Promise.resolve(['11']), new Error('a batch lost a key')],
])(
  'a batch that %s fails its keys, and rejects for who asked for one',
  async (_what, batch, error) => {
    const { loader } = start(vi.fn(batch));
    const [one, many] = [loader.load(11), loader.loadMany([11, 12])];
    await expect(one).rejects.toEqual(error);
    expect(await many).toEqual([error, error]);
  },
);
